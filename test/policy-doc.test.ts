/** docs/policy.md against the schemas: every attribute, what it may be, and its default, with nothing left over. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { COMMAND_TABLES } from '../policy/command-profile.ts';
import { issuerSchema } from '../policy/issuer.ts';
import {
  BOOKKEEPING_ATTRIBUTES,
  clientSchema,
  commandSchema,
  domainSchema,
  parsePolicyItem,
  senderSchema,
} from '../policy/item.ts';
import { screenSchema } from '../policy/screen/screen-item.ts';
import { settingsSchema } from '../policy/settings.ts';
import { SENDING_LIMITS, userSchema } from '../policy/user.ts';
import { UNIMPLEMENTED_VERBS, VERBS } from '../policy/verb.ts';

const TEXT = readFileSync(join(import.meta.dirname, '..', 'docs', 'policy.md'), 'utf8');

interface Row {
  readonly name: string;
  readonly typed: string;
  readonly standard: string;
}

/** The text from a heading to the next of its level. */
function section(heading: string): string {
  const level = heading.replace(/ .*/, '');
  const [, behind = ''] = TEXT.split(`\n${heading}\n`);
  return behind.split(`\n${level} `)[0] ?? '';
}

/** Rows of the tables of attributes in a text; cells without backticks. */
function rowsOf(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => /^\| `\w+`(?:, `\w+`)* \|/.test(line));
  return lines.flatMap((line) => {
    const [, names = '', typed = '', standard = ''] = line.split('|').map((cell) => cell.replaceAll('`', '').trim());
    return names.split(', ').map((name) => ({ name, typed, standard }));
  });
}

type Shape = Readonly<Record<string, z.ZodType>>;

const TABLES: readonly (readonly [heading: string, shape: Shape])[] = [
  ['## `settings`', settingsSchema.shape],
  ['## `command#VERB`', commandSchema.shape],
  ['## `domain#NAME`', domainSchema.shape],
  ['## `client#NETWORK`', clientSchema.shape],
  ['## `sender#ADDRESS`', senderSchema.shape],
  ['## `issuer#NAME`', issuerSchema.shape],
  ['## `screen#NNN-NAME`', screenSchema.shape],
];

/** The default of an attribute, as the page writes it; absent where the absence says something of its own. */
function defaultOf(schema: z.ZodType): string | undefined {
  const result = schema.safeParse(undefined);
  if (!result.success) return 'required';
  if (result.data === undefined) return undefined;
  return Array.isArray(result.data) && result.data.length === 0 ? 'none' : String(result.data);
}

/** What may be typed of an attribute, as the page writes it; `undefined` for texts of a form of their own. */
function typedOf(schema: z.ZodType): string | undefined {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  if (json.type === 'boolean') return 'true, false';
  if (json.enum !== undefined) return json.enum.join(', ');
  return json.type === 'integer' ? `${json.minimum} to ${json.maximum}` : undefined;
}

describe.each(TABLES)('%s', (heading, shape) => {
  const rows = rowsOf(section(heading));

  it('names every attribute once, and no other', () => {
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(Object.keys(shape)));
    expect(rows).toHaveLength(Object.keys(shape).length);
  });

  it.each(rows.map((row) => [row.name, row] as const))('says of %s what may be typed, and the default', (name, row) => {
    const schema = shape[name];
    if (schema === undefined) throw new TypeError(`${name} is not an attribute`);

    expect(row).toEqual({
      name,
      typed: typedOf(schema) ?? row.typed,
      standard: defaultOf(schema) ?? row.standard,
    });
    for (const cell of Object.values(row)) expect(cell).not.toBe('');
  });
});

describe('## Users', () => {
  const rows = rowsOf(section('## Users'));

  it('names every attribute, every limit, and no other', () => {
    const attributes = Object.keys(userSchema.shape).filter((name) => name !== 'user');

    expect(rows.map(({ name }) => name)).toEqual([...attributes, ...SENDING_LIMITS]);
  });

  it.each(['enabled', 'mayBounce'] as const)('says of %s what may be typed, and the default', (name) => {
    expect(rows.find((row) => row.name === name)).toEqual({
      name,
      typed: 'true, false',
      standard: defaultOf(userSchema.shape[name]),
    });
  });
});

it('names what belongs to every item', () => {
  const named = [...section('## Mistakes').matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (?:you|Postern|the admin API) \|/gm)];

  expect(named.flatMap(([, names = '']) => names.replaceAll('`', '').split(', '))).toEqual([...BOOKKEEPING_ATTRIBUTES]);
});

it('has the profiles as they are', () => {
  const profiles = ['isa2000fp1', 'rfc5321', 'modern'] as const;
  const lines = section('## `command#VERB`')
    .split('\n')
    .filter((line) => /^\| [A-Z]{4}/.test(line));
  const told = lines.flatMap((line) => {
    const [, verbs = '', ...limits] = line.split('|').map((cell) => cell.trim());
    return verbs.split(', ').map((verb) => [verb, limits.slice(0, 3)] as const);
  });
  const shown = ({ allowed, maxOctets }: { allowed: boolean; maxOctets: number }) =>
    allowed ? String(maxOctets) : '–';

  expect(new Map(told)).toEqual(
    new Map(VERBS.map((verb) => [verb, profiles.map((profile) => shown(COMMAND_TABLES[profile][verb]))])),
  );
  expect(lines.at(-1)).toContain(UNIMPLEMENTED_VERBS.join(', '));
});

it('quotes a problem as it is', () => {
  const problem = parsePolicyItem({ item: 'command#AUTH', maxOctets: '5OO' });

  expect(problem).toMatchObject({ ok: false, problem: expect.stringMatching(/^maxOctets: "5OO" is not a number/) });
  if (!problem.ok) expect(TEXT).toContain(`\`${problem.problem}\``);
});

it('links headings that are there', () => {
  const anchors = [...TEXT.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const linked = [...TEXT.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);

  expect(linked.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});
