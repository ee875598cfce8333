import { expect, it, vi } from 'vitest';
import { ReplyGroup } from './reply-group.ts';
import { ReplyHolds } from './reply-holds.ts';

function newGroup(): { group: ReplyGroup; written: string[] } {
  const written: string[] = [];
  const group: ReplyGroup = new ReplyGroup(
    new ReplyHolds(),
    (replies) => written.push(replies),
    () => group.flush(),
  );
  return { group, written };
}

// Later, and the first reply under TLS would miss the write that ends the handshake.
it('a group of which nothing waits is one write, made before the caller goes on', () => {
  const { group, written } = newGroup();
  group.add('250 2.1.0 Sender OK\r\n');
  group.add('250 2.1.5 Recipient OK\r\n');

  group.settle(false);

  expect(written).toEqual(['250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n']);
});

it('a group that waits for an answer leaves with it, or after a moment, and once', () => {
  vi.useFakeTimers();
  const answered = newGroup();
  const late = newGroup();
  for (const { group } of [answered, late]) {
    group.add('250 first\r\n');
    group.settle(true);
  }
  expect([answered.written, late.written]).toEqual([[], []]);

  answered.group.add('250 second\r\n');
  answered.group.settle(false);
  vi.advanceTimersByTime(1000);

  expect(answered.written).toEqual(['250 first\r\n250 second\r\n']);
  expect(late.written).toEqual(['250 first\r\n']);
  vi.useRealTimers();
});

it('nothing to say is no write', () => {
  const { group, written } = newGroup();

  group.settle(false);
  group.flush();

  expect(written).toEqual([]);
});
