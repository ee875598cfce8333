/** Sessions under way on two tasks: listed, looked at and ended by the admin API, through the table that tasks read. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Faults } from '../../edge-proxy/faults.ts';
import { LiveBeat } from '../../edge-proxy/live/live-beat.ts';
import { DynamoLiveTable } from '../../edge-proxy/live/live-table.ts';
import { liveAnswer, liveSessionAnswer } from '../../functions/admin/contract/answers/live-answer.ts';
import { AdminBed, TABLE_NAMES } from '../../functions/test-support/admin-bed.ts';
import { isMeant, type LiveMatch, type LiveSession } from '../../policy/live.ts';

const COMMANDS = [
  { verb: 'EHLO', octets: 6, reply: 250, line: 'EHLO x' },
  // What a client whose AUTH was refused says next may be its credentials.
  { verb: 'unknown', octets: 30, reply: 500, line: 'AGFsaWNlAHNlY3JldA==' },
];

/** A task with sessions, without its sockets. */
class Task {
  sessions: LiveSession[];
  readonly beat: LiveBeat;

  constructor(name: string, bed: AdminBed, sessions: readonly LiveSession[]) {
    this.sessions = [...sessions];
    const log = (): void => undefined;
    this.beat = new LiveBeat({
      ...{ server: 'mx', task: name, calendar: () => Date.now(), log, faults: new Faults(log) },
      table: new DynamoLiveTable(bed.client, TABLE_NAMES.counters),
      sessions: {
        live: (asked) => this.sessions.map((each) => (each.session === asked ? { ...each, commands: COMMANDS } : each)),
        end: (match: LiveMatch) => {
          const before = this.sessions.length;
          this.sessions = this.sessions.filter((each) => !isMeant(each, match));
          return before - this.sessions.length;
        },
      },
    });
  }
}

function session(name: string, identity?: string, address = '203.0.113.9'): LiveSession {
  return {
    session: name.padEnd(12, '_'),
    client: { address, port: 4711, tls: true },
    startedAt: `2026-03-01T10:00:0${name.length}.000Z`,
    state: 'ready',
    transactions: 1,
    ...(identity === undefined ? {} : { identity }),
  };
}

let bed: AdminBed;
let tasks: readonly Task[];
beforeEach(async () => {
  bed = await AdminBed.start();
  await bed.put('policy', { server: 'mx', item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'ses' });
  tasks = [
    new Task('one', bed, [session('a', 'alice'), session('bb')]),
    new Task('two', bed, [session('ccc', 'alice', '198.51.100.7')]),
  ];
});
afterEach(() => bed.stop());

async function beat(): Promise<void> {
  for (const task of tasks) await task.beat.beat();
}

async function listed(query = '?wait=0'): Promise<readonly string[]> {
  const { value } = await bed.call('GET', `/live${query}`);
  return liveAnswer.parse(value).sessions.map(({ session: id }) => id.replace(/_+$/, ''));
}

it('are listed of both tasks, oldest first, once somebody has asked', async () => {
  await beat();
  const unasked = await listed();
  await beat();

  const { value } = await bed.call('GET', '/live?server=mx&wait=10');

  expect(unasked).toEqual([]);
  expect(liveAnswer.parse(value)).toMatchObject({ tasks: 2, asOf: expect.stringMatching(/^20/) });
  expect(await listed()).toEqual(['a', 'bb', 'ccc']);
});

it('tell nothing where no one looks', async () => {
  await beat();

  expect(await bed.items('counters')).toEqual([]);
});

it.each<[string, readonly string[]]>([
  ['/live/a___________', ['bb', 'ccc']],
  ['/live?identity=Alice', ['bb']],
  ['/live?client=203.0.113.9&server=mx', ['ccc']],
  ['/live?identity=alice&client=198.51.100.7', ['a', 'bb']],
])('end by DELETE %s, once', async (path, left) => {
  const { status, value } = await bed.call('DELETE', path);
  await beat();
  const names = (): string[] =>
    tasks.flatMap(({ sessions }) => sessions.map(({ session: id }) => id.replace(/_+$/, '')));
  const afterOne = names();
  tasks[0]?.sessions.push(session('a', 'alice'));
  await beat();

  expect([status, value]).toEqual([202, { servers: ['mx'] }]);
  expect(afterOne).toEqual(left);
  // Who comes again is let in again.
  expect(names()).toContain('a');
});

it('show the commands of the one that is asked for', async () => {
  bed.sleep = beat;

  const { value } = await bed.call('GET', '/live/ccc_________');

  const shown = [COMMANDS[0], { verb: 'unknown', octets: 30, reply: 500 }];
  expect(liveSessionAnswer.parse(value)).toMatchObject({ identity: 'alice' });
  expect(value.commands).toEqual(shown);
  expect((await bed.call('GET', '/live/nobody______?wait=0')).status).toBe(404);
});

it.each(['/live', '/live?colour=red'])('DELETE %s is refused', async (path) => {
  expect((await bed.call('DELETE', path)).status).toBe(400);
});

it('are as many as there are, over many items', async () => {
  const many = Array.from({ length: 2000 }, (_, index) => session(`s${index}`));
  tasks = [new Task('one', bed, many)];
  await listed();
  await beat();

  expect(await listed()).toHaveLength(2000);
});

it('go on being told after the table did not answer', async () => {
  const logged: string[] = [];
  const log = (fields: object): void => void logged.push(JSON.stringify(fields));
  let isDown = true;
  const table = {
    read: () => (isDown ? Promise.reject(new Error('throttled')) : Promise.resolve({ asked: {}, ends: [] })),
    tell: async () => void logged.push('told'),
  };
  const sessions = { live: () => [], end: () => 0 };
  const live = new LiveBeat({
    ...{ table, sessions, server: 'mx', task: 'one', calendar: () => 0, log, faults: new Faults(log) },
  });

  await live.beat();
  await live.beat();
  isDown = false;
  await live.beat();

  expect(logged).toEqual(['{"event":"live-unreadable","problem":"throttled"}', 'told']);
});
