import { describe, expect, it } from 'vitest';
import { dotStuffed } from './dot-stuffed.ts';

function stuffed(message: string): string {
  return Buffer.concat([...dotStuffed(Buffer.from(message, 'latin1'))]).toString('latin1');
}

describe('a message on its way to a hop', () => {
  it.each([
    ['of no octet', '', ''],
    ['whose last line has its end', 'a\r\n', 'a\r\n'],
    ['whose last line has none', 'a', 'a\r\n'],
    ['whose last line ends with CR', 'a\r', 'a\r\r\n'],
    ['whose last line ends with LF', 'a\n', 'a\n\r\n'],
    ['of one dot', '.', '..\r\n'],
    ['that begins with a dot', '.a\r\n', '..a\r\n'],
    ['of dots alone', '.\r\n.\r\n..\r\n', '..\r\n..\r\n...\r\n'],
    ['with a dot at the beginning of its last line', 'a\r\n.', 'a\r\n..\r\n'],
    ['with dots elsewhere', 'a.\r\nb.c\r\n', 'a.\r\nb.c\r\n'],
    ['with a dot after an LF alone, or a CR', 'a\n.b\r.c\r\n', 'a\n.b\r.c\r\n'],
    ['with an empty line before a dot', 'a\r\n\r\n.b\r\n', 'a\r\n\r\n..b\r\n'],
  ])('%s', (_what, message, expected) => {
    expect(stuffed(message)).toBe(expected);
  });

  it('goes in pieces of 64 KiB at most, each line whole until then', () => {
    const long = 'x'.repeat(65_536 * 2);
    const sizes = [...dotStuffed(Buffer.from(`${long}y\r\n.${long}\r\n`))].map(({ length }) => length);

    expect(sizes).toEqual([65_536, 65_536, 3, 1, 65_536, 65_536, 3]);
  });
});
