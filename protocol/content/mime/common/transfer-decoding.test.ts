/** What is decoded in a quick way is what the slow way decodes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuLines } from '../../../../test/support/evasion.ts';
import { decodeBase64Leniently, decodeUuencoded, readRegularBase64 } from './transfer-decoding.ts';

/** Lines of one length, in which at most one octet is another than base64 has. */
const lines = fc
  .record({
    octets: fc.uint8Array({ minLength: 1200, maxLength: 4000 }),
    length: fc.integer({ min: 3, max: 100 }),
    odd: fc.constantFrom('', '', '#', '-', '_', '=', ' ', '\r', '\n', '\xe9'),
    at: fc.nat(),
  })
  .map(({ octets, length, odd, at }) => {
    const text = Buffer.from(octets).toString('base64').replaceAll('=', '');
    const whole = text.slice(0, text.length - (text.length % length));
    const cut = whole.replace(new RegExp(`.{${length}}`, 'g'), '$&\r\n');
    const place = at % cut.length;
    return odd === '' ? cut : cut.slice(0, place) + odd + cut.slice(place + 1);
  });

it('regular base64 is decoded as it is leniently, with what was left of the unit before', () => {
  let regular = 0;
  fc.assert(
    fc.property(fc.constantFrom('', 'Q', 'QU', 'QUJ'), lines, (before, text) => {
      const read = readRegularBase64(before, Buffer.from(text, 'latin1'));
      if (read === undefined) return;
      regular += 1;

      const clean = before + text.replace(/[^A-Za-z0-9+/]+/g, '');
      expect(read.octets).toBe(clean.length - before.length);
      expect(text.replace(/\r\n/g, '')).toMatch(/^[A-Za-z0-9+/]*$/);
      expect(read.left).toBe(clean.slice(clean.length - (clean.length % 4)));
      expect(read.decoded).toEqual(decodeBase64Leniently(clean.slice(0, clean.length - (clean.length % 4))));
    }),
    { numRuns: 2000 },
  );
  expect(regular).toBeGreaterThan(200);
});

it('uuencoded lines are decoded to what was encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (octets) => {
      expect(decodeUuencoded(uuLines(Buffer.from(octets)))).toEqual(Buffer.from(octets));
    }),
  );
});
