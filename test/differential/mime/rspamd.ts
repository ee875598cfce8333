/**
 * A second opinion: what Rspamd says of the evasive messages. Usage: node test/differential/mime/rspamd.ts URL
 *
 * URL is a normal worker's, http://127.0.0.1:11333. Its modules `mime_types` and `chartable` are enough; those that ask the
 * network are best off. A message counts as seen where a symbol speaks of a bad attachment or of broken MIME.
 */
import type { Evasion } from '../../support/evasion.ts';
import { evasiveCharsets } from './evasive-charsets.ts';
import { evasiveEncodings } from './evasive-encodings.ts';
import { evasiveNames } from './evasive-names.ts';
import { evasiveStructures } from './evasive-structures.ts';

const ABOUT_FILES = /^MIME_(?:BAD|DOUBLE_BAD|ARCHIVE|ENCRYPTED|OBFUSCATED|EXE)|^ENCRYPTED_|^BAD_|_EXE|EICAR/;
const ABOUT_STRUCTURE =
  /BROKEN|^MIME_(?:MA_|HTML_ONLY$)?.*(?:INVALID|BROKEN)|CTYPE_|BAD_CTE|^MIME_BASE64_TEXT|TRUNCATED|INVALID/;

interface Opinion {
  readonly symbols: Readonly<Record<string, { readonly score: number }>>;
}

async function opinionOf(url: string, { octets }: Evasion): Promise<readonly string[]> {
  const answer = await fetch(`${url}/checkv2`, { method: 'POST', body: new Uint8Array(octets) });
  const { symbols } = (await answer.json()) as Opinion;
  return Object.keys(symbols);
}

const [url = 'http://127.0.0.1:11333'] = process.argv.slice(2);
const groups = new Map<string, { all: number; files: number; either: number; missed: string[] }>();
for (const evasion of [...evasiveEncodings(), ...evasiveNames(), ...evasiveStructures(), ...evasiveCharsets()]) {
  const group = evasion.name.split('/')[0] ?? '';
  const counts = groups.get(group) ?? { all: 0, files: 0, either: 0, missed: [] };
  groups.set(group, counts);
  const symbols = await opinionOf(url, evasion);
  const isFile = symbols.some((symbol) => ABOUT_FILES.test(symbol));
  const isOdd = symbols.some((symbol) => ABOUT_STRUCTURE.test(symbol));
  counts.all += 1;
  if (isFile) counts.files += 1;
  if (isFile || isOdd) counts.either += 1;
  else counts.missed.push(evasion.name);
}
for (const [name, { all, files, either, missed }] of groups) {
  console.log(`${name}: ${all}, a bad file seen in ${files}, that or broken MIME in ${either}`);
  for (const each of missed) console.log(`  missed ${each}`);
}
