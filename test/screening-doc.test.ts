/** docs/screening.md against the sources: each reason that a structure may be called odd for, with nothing left over. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parsePolicyItem } from '../policy/item.ts';

const ROOT = join(import.meta.dirname, '..');

it('tells every reason', () => {
  const sources = globSync('protocol/content/mime/**/*.ts', { cwd: ROOT })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
  const calls = sources.match(/(?:odd|giveUp)\([^;]*;/g) ?? [];
  const flags = ['ambiguous', 'partial', 'unreadable'];
  const reasons = calls.flatMap((call) =>
    [...call.matchAll(/'([a-z0-9]+(?:-[a-z0-9]+)+|uuencode|yenc|binhex)'/g)].map(([, word = '']) => word),
  );
  const [, table = ''] = readFileSync(join(ROOT, 'docs/screening.md'), 'utf8').split(
    'Beside the flag an event tells the reason:',
  );

  const rows = table.split('\n').filter((line) => /^\| (?:`[a-z-]+`)? ?\| `/.test(line));
  const told = rows.flatMap((row) =>
    [...(row.split('|')[2] ?? '').matchAll(/`([a-z0-9-]+)`/g)].map(([, word = '']) => word),
  );

  expect(new Set(told)).toEqual(new Set(reasons.filter((reason) => !flags.includes(reason))));
});

it('has a rule that is taken as it is pasted', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/screening.md'), 'utf8')) ?? [];

  const rule = parsePolicyItem({ server: 'inbound', item: 'screen#110-blocked-types', ...JSON.parse(json) });

  expect(rule).toMatchObject({ ok: true, value: { kind: 'screen', action: 'refuse' } });
});
