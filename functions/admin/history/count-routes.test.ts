import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PosternEvent } from '../../../policy/event.ts';
import { DynamoCountStore } from '../../counts/dynamo-count-store.ts';
import { recordEvents } from '../../recording/record-events.ts';
import { DynamoEventStore } from '../../tables/dynamo-event-store.ts';
import { AdminBed, TABLE_NAMES } from '../../test-support/admin-bed.ts';
import { refusal, transaction } from '../../test-support/events.ts';
import { countsAnswer, topAnswer } from '../contract/answers/count-answer.ts';

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  for (const server of ['mx1', 'mx2']) {
    await bed.put('policy', { server, item: 'settings', hostname: `${server}.example`, defaultNextHop: 'ses' });
  }
  const events: PosternEvent[] = [
    transaction({
      ...ago('a', 2),
      recipients: [{ address: 'bob@example.com', reply: 250, rule: 'x', nextHop: 'ses' }],
    }),
    transaction({ ...ago('b', 1), server: 'mx2', client: { address: '2001:db8::1', port: 1, tls: true } }),
    refusal({ ...ago('c', 1), rule: 'client#192.0.2.0/24' }),
    refusal({ ...ago('d', 1), rule: 'command#VRFY' }),
    refusal({ ...ago('e', 30), rule: 'command#VRFY' }),
  ];
  const stores = {
    events: new DynamoEventStore(bed.client, TABLE_NAMES.events),
    counts: new DynamoCountStore(bed.client, TABLE_NAMES.events),
  };
  await recordEvents({ events }, stores);
});
afterAll(() => bed.stop());

function ago(id: string, hours: number): { id: string; at: string } {
  return { id, at: new Date(Date.now() - hours * 3_600_000).toISOString() };
}

it('counts of each hour are there, quiet hours too', async () => {
  const { status, value } = await bed.call('GET', '/counts');

  const { counts } = countsAnswer.parse(value);
  const sum = (of: (hour: (typeof counts)[number]) => number) => counts.reduce((total, hour) => total + of(hour), 0);
  expect(status).toBe(200);
  expect([24, 25]).toContain(counts.length);
  expect(sum(({ messages }) => messages.accepted)).toBe(2);
  expect(sum(({ refusals }) => refusals)).toBe(2);
  expect(counts.filter(({ refusals }) => refusals > 0)).toHaveLength(1);
  expect(counts.find(({ refusals }) => refusals > 0)?.rules).toEqual({ 'client#192.0.2.0/24': 1, 'command#VRFY': 1 });
});

it('counts of one server over two days are its own', async () => {
  const since = new Date(Date.now() - 2 * 86_400_000).toISOString();

  const { value } = await bed.call('GET', `/counts?server=mx1&since=${since}`);

  const { counts } = countsAnswer.parse(value);
  expect(counts.reduce((total, { messages }) => total + messages.accepted, 0)).toBe(1);
  expect(counts.reduce((total, { refusals }) => total + refusals, 0)).toBe(3);
});

it.each([
  [
    '',
    [
      ['192.0.2.1', 1, 2],
      ['2001:db8::1', 1, 0],
    ],
  ],
  ['?order=messages&server=mx2', [['2001:db8::1', 1, 0]]],
  [
    '?by=rule&order=refusals',
    [
      ['client#192.0.2.0/24', 0, 1],
      ['command#VRFY', 0, 1],
    ],
  ],
  ['?by=recipient', [['bob@example.com', 2, 0]]],
  ['?by=nextHop', [['ses', 1, 0]]],
  ['?by=identity', []],
])('the top of %j', async (query, expected) => {
  const { value } = await bed.call('GET', `/top${query}`);

  const { top } = topAnswer.parse(value);
  expect(top.map(({ value: name, messages, refusals }) => [name, messages, refusals])).toEqual(expected);
});

it('what is not in the list of the top is in others', async () => {
  const { value } = await bed.call('GET', '/top?by=rule&limit=1');

  const { top, others } = topAnswer.parse(value);
  expect(top).toEqual([{ value: 'next-hop', messages: 2, refusals: 0, bounces: 0, complaints: 0 }]);
  expect(others).toEqual({ messages: 0, refusals: 2, bounces: 0, complaints: 0 });
});

it.each(['/top?by=colour', '/counts?every=day', '/counts?since=yesterday', '/top?limit=0'])(
  'refuses %s',
  async (path) => {
    expect((await bed.call('GET', path)).status).toBe(400);
  },
);
