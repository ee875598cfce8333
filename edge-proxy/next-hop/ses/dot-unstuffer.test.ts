/** Invariant: however content is cut into chunks, what comes out is the message that was dot-stuffed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DotUnstuffer } from './dot-unstuffer.ts';

function unstuffed(chunks: readonly Uint8Array[]): string {
  const unstuffer = new DotUnstuffer();
  return Buffer.concat(chunks.flatMap((chunk) => unstuffer.unstuff(chunk))).toString('latin1');
}

function chunksOf(text: string, cuts: readonly number[]): Buffer[] {
  const octets = Buffer.from(text, 'latin1');
  const bounds = [0, ...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length];
  return bounds.slice(1).map((to, index) => octets.subarray(bounds[index], to));
}

/** RFC 5321 section 4.5.2, line by line. */
function stuffed(message: string): string {
  return message
    .split('\r\n')
    .map((line) => (line.startsWith('.') ? `.${line}` : line))
    .join('\r\n');
}

describe('DotUnstuffer', () => {
  it.each([
    ['', ''],
    ['Hello\r\n', 'Hello\r\n'],
    ['..\r\n', '.\r\n'],
    ['..x\r\n...\r\n', '.x\r\n..\r\n'],
    ['a.b\r\n.. .\r\n\r\n..\r\n', 'a.b\r\n. .\r\n\r\n.\r\n'],
    ['a\r\n..\r\n..\r\n..\r\n', 'a\r\n.\r\n.\r\n.\r\n'],
    // Only CR LF ends a line.
    ['a\n..b\r..c\r\n', 'a\n..b\r..c\r\n'],
    ['a\r\r\n..\r\n\n..\r\n', 'a\r\r\n.\r\n\n..\r\n'],
    ['\xff\x00\r\n..\x80\r\n', '\xff\x00\r\n.\x80\r\n'],
  ])('makes of %j in every two chunks, and octet by octet, %j', (content, message) => {
    const all = Buffer.from(content, 'latin1');

    expect(unstuffed([...all].map((octet) => Uint8Array.of(octet)))).toBe(message);
    for (let cut = 0; cut <= all.length; cut += 1) {
      expect(unstuffed([all.subarray(0, cut), all.subarray(cut)])).toBe(message);
    }
  });

  it('undoes dot-stuffing in any chunks', () => {
    const line = fc.string({ unit: fc.constantFrom('.', 'x', '\r', '\n', '\xe4'), maxLength: 6 });
    const message = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((text) => `${text}\r\n`).join(''));

    fc.assert(
      fc.property(message, fc.array(fc.nat(200), { maxLength: 8 }), (text, cuts) => {
        expect(unstuffed(chunksOf(stuffed(text), cuts))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
