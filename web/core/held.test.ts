import { describe, expect, it } from 'vitest';
import { contentText } from './held.ts';

describe('content as text', () => {
  it.each<[octets: readonly number[], text: string]>([
    [[0x61, 0x0d, 0x0a, 0x09, 0x62], 'a\n\tb'],
    // UTF-8 where it is, Latin-1 where it is not.
    [[0xc3, 0xa4], 'ä'],
    [[0xe4, 0x62], 'äb'],
    // What would command a terminal or hide is written out.
    [[0x00, 0x1b, 0x5b, 0x0d], '\\x00\\x1b[\\x0d'],
  ])('of %j is %j', (octets, text) => {
    expect(contentText(new Uint8Array(octets))).toBe(text);
  });
});
