import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicyItem } from '../../policy/item.ts';
import { SAMPLE } from '../test-support/context.ts';
import { configurationJsonSchema } from './json-schema.ts';

const FILE = join(import.meta.dirname, '..', '..', 'postern.config.schema.json');

interface SchemaPart {
  readonly properties: Readonly<Record<string, SchemaPart | undefined>>;
  readonly items?: SchemaPart;
  readonly allOf?: readonly Rule[];
  readonly additionalProperties?: boolean;
}

interface Rule {
  readonly if: { readonly properties: { readonly item: { readonly pattern: string } } };
  readonly then: { readonly properties: object };
}

const schema = configurationJsonSchema() as unknown as SchemaPart;
const server = schema.properties.servers?.items?.properties ?? {};

describe('the schema for editors', () => {
  it('is the file that they are told of: `npm run schema` writes it', () => {
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(schema);
  });

  it('knows every field of the sample', () => {
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(SAMPLE)));
    for (const one of SAMPLE.servers) expect(Object.keys(server)).toEqual(expect.arrayContaining(Object.keys(one)));
    expect(schema.additionalProperties).toBe(false);
  });

  it('offers the attributes of each kind of first item', () => {
    const rules = server.policy?.items?.allOf ?? [];
    const attributesOf = (item: string) =>
      rules
        .filter((rule) => new RegExp(rule.if.properties.item.pattern).test(item))
        .flatMap((rule) => Object.keys(rule.then.properties));

    expect(attributesOf('settings')).toEqual(
      expect.arrayContaining(['hostname', 'defaultNextHop', 'maxMessageOctets']),
    );
    expect(attributesOf('command#AUTH')).toEqual(['item', 'note', 'allowed', 'maxOctets']);
    expect(attributesOf('domain#example.com')).toContain('nextHop');
    expect(attributesOf('client#10.0.0.0/8')).toContain('access');
    expect(parsePolicyItem({ item: 'command#AUTH', allowed: true, maxOctets: 500, note: 'x' }).ok).toBe(true);
  });
});
