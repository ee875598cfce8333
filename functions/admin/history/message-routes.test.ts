import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PosternEvent } from '../../../policy/event.ts';
import { recordEvents } from '../../recording/record-events.ts';
import { DynamoEventStore } from '../../tables/dynamo-event-store.ts';
import { AdminBed, TABLE_NAMES } from '../../test-support/admin-bed.ts';
import { refusal, transaction } from '../../test-support/events.ts';
import { messagesAnswer } from '../contract/answers/message-answer.ts';

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  for (const server of ['mx1', 'mx2']) {
    await bed.put('policy', { server, item: 'settings', hostname: `${server}.example`, defaultNextHop: 'ses' });
  }
  const counts = { add: () => Promise.resolve(true) };
  await recordEvents({ events: [...EVENTS] }, { events: new DynamoEventStore(bed.client, TABLE_NAMES.events), counts });
});
afterAll(() => bed.stop());

function ago(id: string, hours: number): { id: string; at: string; transaction: string; session: string } {
  const session = `s${id.padEnd(11, '_')}`;
  return { id, session, transaction: `${session}.1`, at: new Date(Date.now() - hours * 3_600_000).toISOString() };
}

const BOB = { address: 'Bob@example.com', reply: 250, rule: 'domain#example.com', nextHop: 'ses' };
const EVE = { address: 'eve@elsewhere.example', reply: 550, rule: 'relay-domains' };
const EVENTS: readonly PosternEvent[] = [
  transaction({
    ...ago('taken', 1),
    sender: 'alice@example.com',
    identity: 'alice',
    recipients: [BOB],
    messageId: 'm@x',
  }),
  transaction({ ...ago('partly', 2), recipients: [BOB, EVE] }),
  transaction({ ...ago('refused', 3), server: 'mx2', recipients: [EVE], verdict: 'refused', rule: 'relay-domains' }),
  transaction({ ...ago('old', 50), recipients: [BOB] }),
  refusal(ago('refusal', 1)),
  // In no order, and one of them twice.
  told({
    id: 'd2',
    at: '2026-03-01T10:00:09.000Z',
    outcome: 'complained',
    recipients: [{ address: 'BOB@example.com' }],
  }),
  told({}),
  told({}),
  told({
    id: 'd0',
    at: '2026-03-01T09:59:59.000Z',
    outcome: 'delayed',
    detail: 'General',
    recipients: [{ address: 'bob@example.com' }],
  }),
  told({ id: 'd3', transaction: 'spartly_____.1', recipients: [{ address: 'stranger@example.net' }] }),
];

function told(change: Partial<Extract<PosternEvent, { type: 'delivery' }>>): PosternEvent {
  return {
    ...{ id: 'd1', at: '2026-03-01T10:00:00.000Z', server: 'mx1', keepDays: 3650, type: 'delivery' },
    ...{ transaction: 'staken______.1', sesMessage: '0100', outcome: 'delivered' },
    recipients: [{ address: 'bob@example.com', detail: '250 OK' }],
    ...change,
  };
}

async function ids(query: string): Promise<readonly string[]> {
  const { value } = await bed.call('GET', `/messages${query}`);
  return messagesAnswer.parse(value).messages.map(({ id }) => id.replace(/^s(\w+?)_*\.1$/, '$1'));
}

it.each([
  ['', ['taken', 'partly', 'refused']],
  ['?recipient=BOB@example.com', ['taken', 'partly']],
  ['?recipient=@elsewhere.example', ['partly', 'refused']],
  ['?sender=alice@example.com', ['taken']],
  ['?sender=%3C%3E', ['partly', 'refused']],
  ['?client=192.0.2.1&server=mx2', ['refused']],
  ['?client=192.0.2.0/24', ['taken', 'partly', 'refused']],
  ['?client=0.0.0.0/0', ['taken', 'partly', 'refused']],
  ['?client=198.51.100.0/24', []],
  ['?identity=Alice', ['taken']],
  ['?verdict=refused,deferred', ['partly', 'refused']],
  ['?verdict=accepted', ['taken', 'partly']],
  ['?rule=relay-domains', ['partly', 'refused']],
  ['?rule=next-hop', ['taken', 'partly']],
  ['?messageId=%3Cm@x%3E', ['taken']],
  ['?id=spartly_____.1', ['partly']],
  ['?id=spartly_____', ['partly']],
  ['?id=spartly_____.2', []],
  ['?id=sold________.1', ['old']],
  ['?recipient=bob@example.com&since=2020-01-01', ['taken', 'partly', 'old']],
  ['?recipient=bob@example.com&verdict=refused', ['partly']],
])('GET /messages%s', async (query, expected) => {
  expect(await ids(query)).toEqual(expected);
});

it('goes on where the page before ended', async () => {
  const { value } = await bed.call('GET', '/messages?recipient=bob@example.com&since=2020-01-01&limit=2');

  expect(await ids(`?recipient=bob@example.com&since=2020-01-01&limit=2&next=${value.next}`)).toEqual(['old']);
});

it('says what became of each recipient, and no command', async () => {
  const { value } = await bed.call('GET', '/messages?id=spartly_____.1');

  const [message] = messagesAnswer.parse(value).messages;
  expect(message?.recipients.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused']);
  expect(message).toMatchObject({ session: 'spartly_____', server: 'mx1', verdict: 'accepted', octets: 1234 });
  expect(message).not.toHaveProperty('commands');
});

it.each(['client=nowhere', 'verdict=bad', 'limit=0', 'next=x', 'subject=hello'])('refuses %s', async (query) => {
  expect((await bed.call('GET', `/messages?${query}`)).status).toBe(400);
});

it('tells what became of each recipient at SES, in order, each once', async () => {
  const { value } = await bed.call('GET', '/messages?id=staken______.1');

  const [message] = messagesAnswer.parse(value).messages;
  expect(message?.recipients).toMatchObject([
    {
      address: 'Bob@example.com',
      deliveries: [
        { at: '2026-03-01T09:59:59.000Z', outcome: 'delayed', detail: 'General' },
        { at: '2026-03-01T10:00:00.000Z', outcome: 'delivered', detail: '250 OK' },
        { at: '2026-03-01T10:00:09.000Z', outcome: 'complained' },
      ],
    },
  ]);
});

it('says nothing of deliveries where nothing was told of the recipient', async () => {
  const { value } = await bed.call('GET', '/messages?id=spartly_____.1');

  expect(messagesAnswer.parse(value).messages[0]?.recipients.map((each) => 'deliveries' in each)).toEqual([
    false,
    false,
  ]);
});
