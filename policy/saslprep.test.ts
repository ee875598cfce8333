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

function expectSame(text: string): void {
  expect(outcome(saslprep, text)).toBe(outcome(library, text));
}

it('saslprep does with ASCII, printable or not, what the library does', async () => {
  const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  await fc.assert(fc.property(fc.string({ unit: printable }), expectSame));
  await fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), expectSame));
});

it('saslprep does with any text what the library does', async () => {
  await fc.assert(fc.property(fc.string({ unit: 'binary' }), expectSame));
});
