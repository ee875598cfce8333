import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordConsole } from '../test-support/invocation.ts';
import { PolicyBed } from '../test-support/policy-bed.ts';

let bed: PolicyBed;
let server = 'mx0';
beforeAll(async () => {
  bed = await PolicyBed.start();
});
afterAll(() => bed.stop());
// A server a test, so that the tests share the tables and nothing else.
beforeEach(() => {
  server = `mx${Number(server.slice(2)) + 1}`;
  bed.writes = 0;
  recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function typesOfEvents(): Promise<readonly unknown[]> {
  return (await bed.events(server)).map(({ type }) => type);
}

const API = 'arn:aws:iam::000000000000:user/local';
/** What the admin API writes beside what people give. */
function signed(kind: 'changed' | 'deleted' | 'unlocked', at: string): Readonly<Record<string, unknown>> {
  return { [`${kind}By`]: API, [`${kind}At`]: at };
}

describe('who changed an item', () => {
  it('is the console where nothing says otherwise', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500, note: 'why' });
    await bed.set(server, 'command#AUTH', 'maxOctets', 600);
    await bed.delete(server, 'command#AUTH');
    await bed.settle();

    const events = (await bed.events(server)).filter(({ type }) => type === 'policy-changed');
    const byAction = new Map(events.map((event) => [event.action, event]));
    expect(events).toHaveLength(3);
    expect(events.map(({ who, item }) => [who, item])).toEqual(Array(3).fill(['console or SDK', 'command#AUTH']));
    expect(byAction.get('made')).toMatchObject({ after: { maxOctets: 500, note: 'why' } });
    expect(byAction.get('changed')).toMatchObject({
      before: { maxOctets: 500, note: 'why' },
      after: { maxOctets: 600, note: 'why' },
    });
    expect(byAction.get('deleted')).toMatchObject({ before: { maxOctets: 600, note: 'why' } });
  });

  it('is the caller of the API, at the time of the call, and no one twice', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500, ...signed('changed', '2026-03-01T09:59:59.100Z') });
    await bed.put(server, 'command#AUTH', { maxOctets: 600, ...signed('changed', '2026-03-01T09:59:59.200Z') });
    // The console keeps what the API wrote.
    await bed.set(server, 'command#AUTH', 'maxOctets', 700);
    await bed.put(server, 'command#AUTH', {
      maxOctets: 700,
      ...signed('changed', '2026-03-01T09:59:59.200Z'),
      ...signed('deleted', '2026-03-01T09:59:59.300Z'),
    });
    await bed.delete(server, 'command#AUTH');
    await bed.settle();

    expect((await bed.events(server)).map(({ action, who, at }) => [action, who, String(at).slice(0, 24)])).toEqual([
      ['made', API, '2026-03-01T09:59:59.100Z'],
      ['changed', API, '2026-03-01T09:59:59.200Z'],
      ['deleted', API, '2026-03-01T09:59:59.300Z'],
      ['changed', 'console or SDK', '2026-03-01T10:00:00.000Z'],
    ]);
  });

  it.each([
    ['a copy of an item', signed('changed', '2026-02-01T10:00:00.000Z')],
    ['an item with a time that is none', { changedBy: API, changedAt: 'yesterday' }],
    ['an item with a name that is no text', { changedBy: 7, changedAt: '2026-03-01T10:00:00.000Z' }],
  ])('is the console of %s', async (_what, attributes) => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500, ...attributes });
    await bed.settle();

    expect(await bed.events(server)).toMatchObject([{ action: 'made', who: 'console or SDK' }]);
  });

  it('is the console where it deletes what the API was once about to delete', async () => {
    await bed.put(server, 'domain#a.example', signed('deleted', '2026-02-01T10:00:00.000Z'));
    await bed.delete(server, 'domain#a.example');
    await bed.settle();

    expect((await bed.events(server)).map(({ who }) => who)).toEqual(['console or SDK', 'console or SDK']);
  });

  it('is not asked for changes of bookkeeping', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    await bed.settle();

    await bed.set(server, 'command#AUTH', 'problem', 'nonsense');
    await bed.set(server, 'command#AUTH', 'deletedBy', API);
    await bed.settle();

    expect(await typesOfEvents()).toEqual(['policy-changed']);
    expect(await bed.item(server, 'command#AUTH')).not.toHaveProperty('problem');
  });

  it('is kept with numbers that no JavaScript number holds, sets and octets', async () => {
    const Item = {
      server: { S: server },
      item: { S: 'command#AUTH' },
      huge: { N: '1E+120' },
      exact: { N: '12345678901234567890' },
      set: { SS: ['b', 'a'] },
      octets: { B: new Uint8Array([1, 2]) },
    };
    await bed.client.send(new PutItemCommand({ TableName: 'policy', Item }));

    await bed.settle();

    expect((await bed.events(server)).filter(({ type }) => type === 'policy-changed')).toMatchObject([
      {
        after: {
          huge: expect.stringMatching(/^1(?:E\+120|0{120})$/),
          exact: '12345678901234567890',
          set: ['a', 'b'],
          octets: 'AQI=',
        },
      },
    ]);
  });
});

describe('a change of a user', () => {
  const user = (): string => `${server}@example.com`;
  const told = async () =>
    (await bed.events('*'))
      .filter(({ item }) => item === `user#${user()}`)
      .sort((a, b) => (String(a.at) < String(b.at) ? -1 : 1));

  it('is told of as what it is, whoever made it, and never with a verifier', async () => {
    const base = { servers: new Set(['mx1']), verifier: '$argon2id$first' };
    const at = (second: number): string => `2026-03-01T10:00:0${second}.000Z`;
    await bed.putUser(user(), { ...base, ...signed('changed', at(1)) });
    await bed.putUser(user(), { ...base, enabled: false, ...signed('changed', at(2)) });
    await bed.putUser(user(), { ...base, enabled: false, verifier: 'second', ...signed('changed', at(3)) });
    const last = { ...base, enabled: false, verifier: 'second', ...signed('changed', at(3)) };
    await bed.putUser(user(), { ...last, ...signed('unlocked', at(4)) });
    await bed.putUser(user(), { ...last, ...signed('unlocked', at(4)), ...signed('deleted', at(5)) });
    await bed.deleteUser(user());
    await bed.settle();

    const events = await told();
    expect(events.map(({ action, who }) => [action, who])).toEqual([
      ['made', API],
      ['changed', API],
      ['password', API],
      ['unlocked', API],
      ['deleted', API],
    ]);
    expect(events.map(({ keepDays }) => keepDays)).toEqual(Array(5).fill(365));
    expect(events[2]).toMatchObject({ before: { enabled: false }, after: { enabled: false, password: 'changed' } });
    expect(JSON.stringify(events)).not.toMatch(/verifier|argon2|first|second/);
  });

  it('in the console is one too: made, changed, another password, none, removed', async () => {
    const edits = [{ verifier: 'a' }, { verifier: 'a', note: 'x' }, { verifier: 'b', note: 'x' }, { note: 'x' }];
    for (const edit of edits) await bed.putUser(user(), edit);
    await bed.deleteUser(user());
    await bed.settle();

    const events = await told();
    expect(events.map(({ who }) => who)).toEqual(Array(5).fill('console or SDK'));
    expect(new Set(events.map(({ action, after }) => JSON.stringify([action, after ?? null])))).toEqual(
      new Set([
        '["made",{"password":"changed"}]',
        '["changed",{"note":"x"}]',
        '["password",{"note":"x","password":"changed"}]',
        '["password",{"note":"x","password":"removed"}]',
        '["deleted",null]',
      ]),
    );
  });
});
