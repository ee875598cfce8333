/**
 * How long it takes to find a message among a million events, in the DynamoDB of the embedded run, by each key; and how
 * much is read and written for it.
 *
 * Usage: node test/search/million.ts [EVENTS]      (1,000,000; some minutes)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoEventReader } from '../../functions/history/dynamo-event-reader.ts';
import { PageBudget } from '../../functions/history/event-query.ts';
import type { EventReader } from '../../functions/history/event-reader.ts';
import { recordEvents } from '../../functions/recording/record-events.ts';
import { findMessages } from '../../functions/search/find-messages.ts';
import { indexKeys, type MessageCriteria } from '../../functions/search/message-query.ts';
import { DynamoEventStore } from '../../functions/tables/dynamo-event-store.ts';
import { createTable } from '../../functions/tables/embedded/create-table.ts';
import { makeDynalite } from '../../functions/tables/embedded/dynalite.ts';
import { parseNetwork } from '../../policy/client-network.ts';
import type { PosternEvent } from '../../policy/event.ts';

const EVENTS = Number(process.argv[2] ?? 1_000_000);
/** Three events a session: its login, its message, its end. */
const SESSIONS = Math.floor(EVENTS / 3);
/** Sessions of a second, which is how long a task collects events. */
const BATCH = Math.max(1, Math.round(SESSIONS / 86_400));
const WORKERS = 8;
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-03-01T00:00:00Z');
const SERVER = 'submission';

const folder = mkdtempSync(join(tmpdir(), 'postern-million-'));
const server = makeDynalite({ directory: folder });
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new DynamoDBClient({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
});
await createTable(client, 'events', { partition: 'stream', sort: 'at' });

function eventsOf(index: number): PosternEvent[] {
  const at = new Date(START_MS + Math.floor((index * DAY_MS) / SESSIONS)).toISOString();
  const user = `user${index % 5000}@example.com`;
  const session = `s${index.toString(36).padStart(11, '0')}`;
  const common = {
    ...{ at, server: SERVER, policyVersion: '0123456789abcdef', keepDays: 3650, session, identity: user },
    client: { address: `10.${index % 200}.${(index >> 8) % 256}.${index % 256}`, port: 4711, helo: 'pc', tls: true },
  };
  const isRefused = index % 50 === 0;
  const nextHop = index % 3 === 0 ? 'ses' : 'smtp://a.internal:25';
  const address = `to${index % 100_000}@domain${index % 3000}.example`;
  const recipients = [{ address, reply: isRefused ? 550 : 250, rule: isRefused ? 'next-hop' : 'settings', nextHop }];
  const commands = ['MAIL', 'RCPT', 'DATA'].map((verb) => ({
    verb,
    octets: 40,
    reply: 250,
    line: `${verb} <${address}>`,
  }));
  const ended = { ending: 'QUIT', transactions: 1, durationMs: 9, commands: commands.slice(0, 2) };
  const message = { transaction: `${session}.1`, sender: user, recipients, octets: 20_000, durationMs: 9, commands };
  const outcome = isRefused
    ? ({ verdict: 'refused', reply: '550 No' } as const)
    : ({ verdict: 'accepted', reply: '250 OK' } as const);
  return [
    { ...common, type: 'login', id: `l${index}`, mechanism: 'PLAIN', username: user, verdict: 'permit', reply: '235' },
    {
      ...common,
      type: 'transaction',
      id: `t${index}`,
      messageId: `${index}@mail.example`,
      rule: 'next-hop',
      ...message,
      ...outcome,
    },
    { ...common, type: 'session', id: `e${index}`, ...ended },
  ];
}

console.log(`writing ${EVENTS} events`);
let written = 0;
let items = 0;
let next = 0;
const store = new DynamoEventStore(client, 'events');
const counting = {
  write: async (some: Parameters<typeof store.write>[0]) => {
    items += some.length;
    await store.write(some);
  },
};
const startedMs = performance.now();
async function work(): Promise<void> {
  while (next < SESSIONS) {
    const first = next;
    next += BATCH;
    const count = Math.min(BATCH, SESSIONS - first);
    await recordOften(Array.from({ length: count }, (_, offset) => eventsOf(first + offset)).flat());
    const before = written;
    written += 3 * count;
    if (Math.floor(before / 100_000) === Math.floor(written / 100_000)) continue;
    console.log(`${written} events, ${Math.round((performance.now() - startedMs) / 1000)} s`);
  }
}

/** A table on a busy machine may not answer in time. */
async function recordOften(events: PosternEvent[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await recordEvents({ events }, { events: counting, counts: { add: () => Promise.resolve(true) } });
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

await Promise.all(Array.from({ length: WORKERS }, work));
const index = items - written;
console.log(`${index} items of the index: ${(index / SESSIONS).toFixed(2)} a message`);

class Counted implements EventReader {
  pages = 0;
  items = 0;
  got = 0;
  readonly #reader = new DynamoEventReader(client, 'events');
  async read(question: Parameters<EventReader['read']>[0]): ReturnType<EventReader['read']> {
    this.pages += 1;
    const page = await this.#reader.read(question);
    this.items += page.items.length;
    return page;
  }
  get(keys: Parameters<EventReader['get']>[0]): ReturnType<EventReader['get']> {
    this.got += keys.length;
    return this.#reader.get(keys);
  }
}

function networkOf(text: string) {
  const network = parseNetwork(text);
  if (!network.ok) throw new TypeError(network.problem);
  return network.value;
}

const CRITERIA: Readonly<Record<string, MessageCriteria>> = {
  recipient: { recipient: 'to4321@domain1321.example' },
  'recipient domain': { recipient: '@domain1321.example' },
  sender: { sender: 'user77@example.com' },
  'sender domain': { sender: '@example.com' },
  client: { client: networkOf('10.77.3.77') },
  'client /24': { client: networkOf('10.77.3.0/24') },
  'client /16': { client: networkOf('10.77.0.0/16') },
  user: { identity: 'user77@example.com' },
  'Message-ID, the oldest': { messageId: '7@mail.example' },
  'what nobody has': { recipient: 'nobody@nowhere.example' },
  refused: { verdicts: ['refused', 'deferred'] },
  'recipient, refused': { recipient: 'to50@domain50.example', verdicts: ['refused'] },
};
for (const [name, criteria] of Object.entries(CRITERIA)) {
  const reader = new Counted();
  const budget = new PageBudget(() => performance.now());
  const beganMs = performance.now();
  const found = await findMessages({
    ...{ servers: [SERVER], keys: indexKeys(criteria) ?? [], criteria, limit: 100 },
    ...{ since: '2026-03-01T00:00:00.000Z', until: '2026-03-03T00:00:00.000Z', nowSeconds: 0 },
    ...{ reader: budget.charging(reader), budget },
  });
  const ms = Math.round(performance.now() - beganMs);
  const rest = found.before === undefined ? 'all' : 'more';
  const { pages, items: read, got } = reader;
  console.log(
    `${name}: ${ms} ms, ${found.items.length} found (${rest}), ${pages} pages, ${read} items of the index, ${got} messages read`,
  );
}
client.destroy();
server.closeAllConnections();
server.close();
rmSync(folder, { recursive: true, force: true });
