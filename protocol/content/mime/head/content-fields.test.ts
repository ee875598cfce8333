/** What is read in a quick way is what the slow way reads. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Findings } from '../common/findings.ts';
import { readContentFields } from './content-fields.ts';

/** A parameter that says nothing has a field read slowly. */
const NOTHING = '; x=y';

const boundary = fc.oneof(
  fc.stringMatching(/^[\w'+./=?-]{1,20}$/),
  fc.constantFrom('name', 'boundary', '=_a', "'a'", 'a=?b', '=?a?q?b?=', 'charset=x', 'a/b', '----=_Part.1'),
);
const field = fc
  .tuple(
    fc.constantFrom('mixed', 'alternative', 'X-y', 'related', 'mixed\\'),
    fc.constantFrom('; ', ';', ';\r\n\t', ';\r\n \r\n ', ';\x0b', ' ; '),
    boundary,
    fc.constantFrom('"', '', '\\"'),
  )
  .map(([type, between, value, quote]) => ` Multipart/${type}${between}boundary=${quote}${value}${quote}`);

it('of a multipart the quick way reads what the slow way does', () => {
  fc.assert(
    fc.property(field, (raw) => {
      const [quick, slow] = [new Findings(), new Findings()];
      const read = readContentFields([{ name: 'content-type', raw: `${raw}\r\n` }], quick);
      const expected = readContentFields([{ name: 'content-type', raw: `${raw}${NOTHING}\r\n` }], slow);

      fc.pre(quick.structure.length === 0 || slow.structure.length === 0);
      expect(quick.structure).toEqual(slow.structure);
      expect({ ...read, boundaries: read.boundaries }).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

it('an odd field is odd each time, in a message that has been odd before too', () => {
  const odd = [
    { name: 'content-type', raw: ' text/plain\r\n' },
    { name: 'content-transfer-encoding', raw: ' 7bit\r\n' },
    { name: 'content-transfer-encoding', raw: ' base64\r\n' },
  ];
  const first = new Findings();
  first.odd('ambiguous', 'duplicate-field');
  readContentFields(odd, first);
  const second = new Findings();

  readContentFields(odd, second);

  expect(second.structure).toEqual([{ flag: 'ambiguous', reason: 'duplicate-field' }]);
});

it('plain fields are read alike, however often', () => {
  const plain = [
    { name: 'content-type', raw: ' text/html; charset=utf-8\r\n' },
    { name: 'content-transfer-encoding', raw: ' base64\r\n' },
  ];

  const [first, again] = [new Findings(), new Findings()].map((findings) => readContentFields(plain, findings));

  expect(again).toEqual(first);
  expect(first).toMatchObject({ mimeTypes: ['text/html'], charset: 'utf-8', encodings: new Set(['base64']) });
});
