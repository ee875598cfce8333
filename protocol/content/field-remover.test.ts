import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldRemover } from './field-remover.ts';

function removed(message: string, names: readonly string[], cuts: readonly number[] = []): string {
  const remover = new FieldRemover(names);
  const octets = Buffer.from(message, 'latin1');
  const ends = [...new Set([...cuts, octets.length])].filter((cut) => cut <= octets.length).sort((a, b) => a - b);
  const pieces = ends.map((end, index) => remover.remove(octets.subarray(ends[index - 1] ?? 0, end)));
  return Buffer.concat([...pieces, remover.end()]).toString('latin1');
}

/** What is left of the message, which must be the same in chunks of any size. */
function removedInAnySize(message: string): string {
  const whole = removed(message, ['X-Tag']);
  for (const size of [1, 2, 3]) {
    const cuts = Array.from({ length: Math.floor(message.length / size) }, (_, index) => (index + 1) * size);
    expect(removed(message, ['X-Tag'], cuts)).toBe(whole);
  }
  return whole;
}

describe('a field is removed', () => {
  it.each([
    ['alone', 'X-Tag: a\r\n\r\nbody', '\r\nbody'],
    ['with its folds', 'X-Tag: a\r\n b\r\n\tc\r\nTo: d\r\n\r\n', 'To: d\r\n\r\n'],
    ['in any case', 'x-TAG: a\r\nTo: d\r\n\r\n', 'To: d\r\n\r\n'],
    ['with blanks before its colon', 'X-Tag \t: a\r\nTo: d\r\n\r\n', 'To: d\r\n\r\n'],
    ['as often as it is there', 'X-Tag: a\r\nTo: d\r\nX-Tag: b\r\n\r\n', 'To: d\r\n\r\n'],
    ['without a blank after its colon', 'X-Tag:a\r\nTo: d\r\n\r\n', 'To: d\r\n\r\n'],
    ['without a value', 'X-Tag:\r\nTo: d\r\n\r\n', 'To: d\r\n\r\n'],
    ['with 200 blanks before its colon', `X-Tag${' '.repeat(200)}: a\r\nTo: d\r\n\r\n`, 'To: d\r\n\r\n'],
    ['behind a field that stays', 'To: d\r\nX-Tag: a\r\n\r\n', 'To: d\r\n\r\n'],
    ['behind a line without a colon', 'To\r\nX-Tag: a\r\n\r\n', 'To\r\n\r\n'],
    // 205 octets are the name and the most blanks before a colon.
    ['behind a long line', `${'x'.repeat(205)}\r\nX-Tag: a\r\n\r\n`, `${'x'.repeat(205)}\r\n\r\n`],
    ['behind a line that begins with a bare CR', '\rx\r\nX-Tag: a\r\n\r\n', '\rx\r\n\r\n'],
    ['behind an octet with a bare line feed', 'x\nTo: d\r\nX-Tag: a\r\n\r\n', 'x\nTo: d\r\n\r\n'],
    ['with a bare line feed in it', 'X-Tag: a\nTo: b\r\nTo: d\r\n\r\n', 'To: d\r\n\r\n'],
  ])('%s', (_what, message, left) => {
    expect(removedInAnySize(message)).toBe(left);
  });
});

describe('everything else is left', () => {
  it.each([
    ['other fields', 'X-Tagged: a\r\nTo: d\r\n\r\n'],
    ['a fold of no field', ' a\r\nTo: d\r\n\r\n'],
    ['a name with more blanks than are read', `X-Tag${' '.repeat(201)}: a\r\n\r\n`],
    ['the lines of the body', '\r\nx\r\nX-Tag: a\r\nX-Tag: b\r\n'],
    ['a line of the body', 'To: d\r\n\r\nX-Tag: a\r\n'],
    ['a fold that looks like it', 'To: d\r\n X-Tag: a\r\n\r\n'],
    ['a line without a colon', 'X-Tag\r\n\r\nX'],
    ['nothing at all', ''],
    ['a message that ends in a name', 'X-Ta'],
  ])('%s', (_what, message) => {
    expect(removedInAnySize(message)).toBe(message);
  });

  it.each([
    ['without a name to remove', [], '', 'X-Ta'],
    ['in the body', ['X-Tag'], 'To: d\r\n\r\n', 'X-Ta'],
  ])('uncopied %s', (_where, names, before, octets) => {
    const remover = new FieldRemover(names);
    remover.remove(Buffer.from(before));
    const chunk = Buffer.from(octets);

    expect(remover.remove(chunk)).toBe(chunk);
  });
});

it('gives the same in any chunking', () => {
  const token = fc.constantFrom('X-Tag', 'To', ':', ' ', '\t', '\r\n', '\r', '\n', 'x', '\r\n\r\n');
  const messages = fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''));

  fc.assert(
    fc.property(messages, fc.array(fc.nat(120)), (message, cuts) => {
      expect(removed(message, ['X-Tag'], cuts)).toBe(removed(message, ['X-Tag']));
    }),
    { numRuns: 500 },
  );
});
