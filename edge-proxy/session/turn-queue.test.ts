/** Who has much to do gives way: in turns, in order, and never for longer than a round. */
import { once } from 'node:events';
import { setImmediate as nextLook } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { withBed } from '../../test/support/edge-proxy-bed.ts';
import { TurnQueue } from './turn-queue.ts';

it('gives turns in the order in which they were asked for, each once', async () => {
  const queue = new TurnQueue(() => 0);
  const turns: string[] = [];
  const [first, second] = [() => void turns.push('first'), () => void turns.push('second')];

  queue.join(first);
  queue.join(second);
  queue.join(first);
  const before = [...turns];
  await nextLook();

  expect(before).toEqual([]);
  expect(turns).toEqual(['first', 'second']);
});

it('looks at everything else when a round has taken its time', async () => {
  let nowMs = 0;
  const queue = new TurnQueue(() => nowMs);
  const events: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    queue.join(() => {
      events.push(name);
      nowMs += 1;
    });
  }

  await nextLook();
  events.push('others');
  await nextLook();

  expect(events).toEqual(['a', 'b', 'others', 'c', 'd']);
});

it('looks at everything else after eight turns, however short', async () => {
  const queue = new TurnQueue(() => 0);
  let turns = 0;
  const takeTurn = (): void => {
    turns += 1;
  };
  for (let count = 0; count < 20; count += 1) queue.join(() => takeTurn());

  await nextLook();
  const afterOne = turns;
  await nextLook();
  await nextLook();

  expect([afterOne, turns]).toEqual([8, 20]);
});

it('puts who joins again from its turn at the end', async () => {
  let nowMs = 0;
  const queue = new TurnQueue(() => nowMs);
  const turns: string[] = [];
  let left = 3;
  const greedy = (): void => {
    turns.push('greedy');
    nowMs += 1;
    left -= 1;
    if (left > 0) queue.join(greedy);
  };

  queue.join(greedy);
  queue.join(() => void turns.push('modest'));
  await nextLook();
  await nextLook();

  expect(turns).toEqual(['greedy', 'modest', 'greedy', 'greedy']);
});

it('a client that pipelines more than its turn allows does not keep another from its reply', async () => {
  await withBed({}, async (bed) => {
    const greedy = await bed.greeted();
    const modest = await bed.greeted();
    const flood = 'NOOP\r\n'.repeat(50_000);

    greedy.send(flood);
    await once(greedy.socket, 'data');
    await modest.ask('NOOP');
    const heardMeanwhile = greedy.heard.length;

    await greedy.hearReplies(50_000);
    expect(heardMeanwhile).toBeLessThan(greedy.heard.length);
  });
});
