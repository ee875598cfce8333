import { saslprep as library } from '@mongodb-js/saslprep';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { saslprep } from './saslprep.cjs';

const OPTIONS = { allowUnassigned: true };

function outcome(prepare: typeof saslprep, text: string): string {
  try {
    return prepare(text, OPTIONS);
  } catch (error) {
    return String(error);
  }
}

const TEXTS: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  [
    'printable ASCII',
    fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
  ],
  ['ASCII', fc.string({ unit: fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCharCode(code)) })],
  ['any text', fc.string({ unit: 'binary' })],
];

it.each(TEXTS)('saslprep does with %s what the library does', (_kind, texts) => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(outcome(saslprep, text)).toBe(outcome(library, text));
    }),
  );
});
