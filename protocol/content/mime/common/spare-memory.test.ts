/** Scanners that share memory do not see each other's octets. */
import { describe, expect, it } from 'vitest';
import { factsOf, octetsOf } from '../../../../test/support/mime-facts.ts';
import { MimeScanner } from '../mime-scanner.ts';
import { giveMemory, growMemory, takeMemory } from './spare-memory.ts';

it('messages that are read side by side keep their own texts, whatever memory was used before', () => {
  const sizes = [10, 20_000, 70_000, 300_000];
  const messages = [...sizes, ...sizes].map((octets, number) =>
    octetsOf(`Subject: ${number}\n\n${`${number} `.repeat(32)}\n`.padEnd(octets, `${number}\n`)),
  );
  const alone = messages.map((message) => factsOf(message));

  const scanners = messages.map(() => new MimeScanner());
  const longest = Math.max(...messages.map(({ length }) => length));
  for (let at = 0; at < longest; at += 5000) {
    for (const [number, scanner] of scanners.entries()) {
      scanner.receive(messages[number]?.subarray(at, at + 5000) ?? Buffer.alloc(0));
    }
  }

  expect(scanners.map((scanner) => scanner.end())).toEqual(alone);
  for (const [number, { text }] of alone.entries()) expect(text.join('')).toMatch(new RegExp(`^(?:${number}|\\s)*$`));
});

describe('memory', () => {
  it.each([
    [0, 16_384],
    [16_384, 16_384],
    [16_385, 65_536],
    [65_536, 65_536],
    [65_537, 262_144],
    [262_144, 262_144],
    [262_145, 262_145],
  ])('for %d octets has %d', (octets, length) => {
    expect(takeMemory(octets)).toHaveLength(length);
  });

  it('that is given back is the next one taken', () => {
    const memory = takeMemory(20_000);
    giveMemory(memory);

    expect(takeMemory(30_000)).toBe(memory);
    expect(takeMemory(30_000)).not.toBe(memory);
  });

  it('of another size is not kept, and of one size no more than sixteen', () => {
    const odd = Buffer.alloc(262_145);
    giveMemory(odd);
    expect(takeMemory(262_145)).not.toBe(odd);

    const given: Buffer[] = Array.from({ length: 17 }, () => Buffer.alloc(262_144));
    // What others have given back.
    for (const _ of given) takeMemory(262_144);
    for (const memory of given) giveMemory(memory);
    const taken = given.map(() => takeMemory(262_144));

    expect(taken.filter((memory) => given.includes(memory))).toHaveLength(16);
  });

  it('grows with what was in it, and gives back what it was', () => {
    const memory = takeMemory(10);
    memory.write('abc');

    expect(growMemory(memory, 3, 16_384)).toBe(memory);
    const grown = growMemory(memory, 3, 16_385);
    expect([grown.length, grown.toString('latin1', 0, 3)]).toEqual([65_536, 'abc']);
    expect(takeMemory(10)).toBe(memory);
  });
});
