import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageIdReader } from './message-id.ts';

function read(content: string, size = content.length): string | undefined {
  const reader = new MessageIdReader();
  const octets = Buffer.from(content, 'utf8');
  for (let at = 0; at < octets.length; at += size) reader.receive(octets.subarray(at, at + size));
  return reader.value;
}

it.each<[string, string | undefined]>([
  ['Message-ID: <a.b@example.com>\r\n\r\nx', 'a.b@example.com'],
  ['Subject: x\r\nMESSAGE-ID:<a@b>\r\n\r\n', 'a@b'],
  ['message-id \t: <a@b> (comment)\r\n\r\n', 'a@b'],
  ['Message-ID:\r\n <a@b>\r\nTo: c\r\n\r\n', 'a@b'],
  ['Message-ID: <a@\r\n\tb>\r\n\r\n', 'a@b'],
  ['Message-ID: a@b\r\n\r\n', 'a@b'],
  ['Message-ID: <a@b>\r\nMessage-ID: <c@d>\r\n\r\n', 'a@b'],
  ['Message-ID: <ü@example.com>\r\n\r\n', 'ü@example.com'],
  ['Message-ID: <a\x00\x1b@b>\r\n\r\n', 'a@b'],
  [`Message-ID: <${'x'.repeat(2000)}>\r\n\r\n`, `<${'x'.repeat(996)}`],
  ['Message-ID:', undefined],
  ['Message-ID: \r\n\r\n', undefined],
  ['Message-ID: <>\r\n\r\n', undefined],
  ['Message-IDs: <a@b>\r\n\r\n', undefined],
  ['X-Message-ID: <a@b>\r\nMessage: y\r\n\r\n', undefined],
  ['To: c\r\n Message-ID: <a@b>\r\n\r\n', undefined],
  ['To: c\r\n\r\nMessage-ID: <a@b>\r\n', undefined],
  ['\r\nMessage-ID: <a@b>\r\n', undefined],
  ['Message\r\n-ID: <a@b>\r\n\r\n', undefined],
  ['Message\rID: <a@b>\r\n\r\n', undefined],
  ['Mxessage-ID: <a@b>\r\n\r\n', undefined],
  ['Mail-Reply: <a@b>\r\n\r\n', undefined],
  ['To: c\n\nMessage-ID: <a@b>\n', undefined],
  ['Message-ID: a@b\r\nTo: c\r\n\r\n', 'a@b'],
  ['Message-ID: a@b\r\nTo: c\r\nMessage-ID: c@d\r\n\r\n', 'a@b'],
  ['', undefined],
])('the Message-ID of %j is %j, however it is cut', (content, expected) => {
  for (const size of [content.length || 1, 1, 2, 7]) expect(read(content, size)).toBe(expected);
});

it.each([
  ['Message-ID: <a@b>\r\n', false],
  ['Message-ID: <a@b>\r\nT', true],
  ['To: c\r\nM', false],
  ['To: c\r\n\r', true],
])('is done once nothing more can come: %j, %s', (content, isDone) => {
  const reader = new MessageIdReader();
  reader.receive(Buffer.from(content));

  expect(reader.isDone).toBe(isDone);
});

it('never fails, and is bounded, whatever the content', () => {
  const parts = fc.constantFrom('Message-ID', 'm', ':', ' ', '\r\n', '\r', '\n', '<', '>', 'a@b', '\t', '\u00ff', '.');
  fc.assert(
    fc.property(
      fc.array(parts).map((list) => list.join('')),
      fc.integer({ min: 1, max: 5 }),
      (content, size) => {
        const value = read(content, size);

        expect(value).toBe(read(content));
        expect(value?.length ?? 1).toBeGreaterThan(0);
        expect(value?.length ?? 1).toBeLessThanOrEqual(998);
      },
    ),
  );
});
