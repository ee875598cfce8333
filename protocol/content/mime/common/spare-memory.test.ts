/** Scanners that share memory do not see each other's octets. */
import { expect, it } from 'vitest';
import { factsOf, octetsOf } from '../../../../test/support/mime-facts.ts';
import { MimeScanner } from '../mime-scanner.ts';

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
