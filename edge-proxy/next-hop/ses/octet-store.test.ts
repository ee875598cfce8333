import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OctetStore } from './octet-store.ts';

describe('OctetStore', () => {
  it('gives back all that was appended, in order and once', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 6 });

    fc.assert(
      fc.property(parts, (all) => {
        const store = new OctetStore();
        for (const part of all) store.append(part);

        const octets = Buffer.concat(all);
        expect(store.octets).toBe(octets.length);
        expect(store.take().equals(octets)).toBe(true);
        expect(store.octets).toBe(0);
        expect(store.take()).toHaveLength(0);
      }),
    );
  });

  it('gives back a message of many blocks', () => {
    const store = new OctetStore();
    const octets = Buffer.alloc(3_500_000, 'abcdefg');

    for (let at = 0; at < octets.length; at += 65_537) store.append(octets.subarray(at, at + 65_537));

    expect(store.take().equals(octets)).toBe(true);
  });

  it('keeps a copy: a read buffer may be used again', () => {
    const store = new OctetStore();
    const chunk = Buffer.from('first');
    store.append(chunk);

    chunk.fill('x');

    expect(store.take().toString()).toBe('first');
  });
});
