import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeSnapshot } from '../../policy/snapshot.ts';
import { recordConsole } from '../test-support/invocation.ts';
import { PolicyBed } from '../test-support/policy-bed.ts';
import { checkBatch } from './check-batch.ts';

const SETTINGS = { hostname: 'mx1.example', defaultNextHop: 'smtp://mail.example' };
const WRONG_OCTETS = 'maxOctets: "5OO" is not a number; 6 to 65536 are allowed';

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

describe('an item that is right', () => {
  it('keeps a copy of its own attributes, and the copy follows each good edit', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500, note: 'old clients' });
    await bed.settle();
    expect(await bed.item(server, 'command#AUTH')).toMatchObject({ lastGood: { maxOctets: 500 } });

    await bed.set(server, 'command#AUTH', 'maxOctets', '600');
    await bed.settle();

    expect(await bed.item(server, 'command#AUTH')).toEqual({
      server,
      item: 'command#AUTH',
      maxOctets: '600',
      note: 'old clients',
      lastGood: { maxOctets: '600' },
    });
  });

  it('without attributes of its own needs no copy', async () => {
    await bed.put(server, 'domain#example.com', {});

    await bed.settle();

    expect(await bed.item(server, 'domain#example.com')).toEqual({ server, item: 'domain#example.com' });
    expect(bed.writes).toBe(0);
  });
});

describe('an item that is wrong', () => {
  it('says so until it is right, and keeps the copy', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    await bed.settle();

    await bed.set(server, 'command#AUTH', 'maxOctets', '5OO');
    await bed.settle();
    const wrong = await bed.item(server, 'command#AUTH');
    await bed.set(server, 'command#AUTH', 'maxOctets', 400);
    await bed.settle();

    expect(wrong).toMatchObject({ maxOctets: '5OO', problem: WRONG_OCTETS, lastGood: { maxOctets: 500 } });
    expect(await bed.item(server, 'command#AUTH')).toEqual({
      server,
      item: 'command#AUTH',
      maxOctets: 400,
      lastGood: { maxOctets: 400 },
    });
  });

  it('gets its copy back when a tool replaced the whole item', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    await bed.settle();

    await bed.put(server, 'command#AUTH', { maxOctets: '5OO' });
    await bed.settle();

    expect(await bed.item(server, 'command#AUTH')).toMatchObject({
      problem: WRONG_OCTETS,
      lastGood: { maxOctets: 500 },
    });
  });

  it('gets a copy of the good state before it though that was never checked', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    const first = await bed.changes();
    await bed.set(server, 'command#AUTH', 'maxOctets', 600);
    const second = await bed.changes();
    await bed.set(server, 'command#AUTH', 'maxOctets', '5OO');

    await checkBatch([...first, ...second, ...(await bed.changes())], bed.stores);
    await bed.settle();

    expect(await bed.item(server, 'command#AUTH')).toMatchObject({
      problem: WRONG_OCTETS,
      lastGood: { maxOctets: 600 },
    });
  });

  it('says so anew when somebody takes the remark away', async () => {
    await bed.put(server, 'client#203.0.113.9/24', { access: 'deny' });
    await bed.settle();

    await bed.put(server, 'client#203.0.113.9/24', { access: 'deny', problem: 'fine now' });
    await bed.settle();

    expect(await bed.item(server, 'client#203.0.113.9/24')).toMatchObject({
      problem: '"203.0.113.9/24" is an address in a network: did you mean 203.0.113.0/24?',
    });
  });

  it('is told by an event once, with the days that the settings say', async () => {
    await bed.put(server, 'settings', { ...SETTINGS, eventDays: 7 });
    await bed.put(server, 'command#AUTH', { maxOctets: '5OO' });
    await bed.settle();
    await bed.set(server, 'command#AUTH', 'note', 'hm');
    await bed.settle();

    const told = (await bed.events(server)).filter(({ type }) => type === 'policy-invalid');
    expect(told).toMatchObject([{ item: 'command#AUTH', problem: WRONG_OCTETS, keepDays: 7 }]);
    expect(told[0]).not.toHaveProperty('policyVersion');
  });

  it('of whatever length is described in few words', async () => {
    await bed.put(
      server,
      `sender#${'x'.repeat(900)}`,
      Object.fromEntries([...'abcdefghij'].map((name) => [`${name.repeat(200)}`, 1])),
    );

    await bed.settle();

    const { problem } = (await bed.item(server, `sender#${'x'.repeat(900)}`)) ?? {};
    expect(String(problem).length).toBeLessThanOrEqual(1001);
  });
});

describe('two items that mean the same', () => {
  const SAME = 'means the same as command#AUTH, which is in force';

  it('the one that is not canonical says so while there is the other', async () => {
    await bed.put(server, 'command#auth', { maxOctets: 500 });
    await bed.settle();
    const alone = await bed.item(server, 'command#auth');
    await bed.put(server, 'command#AUTH', { maxOctets: 600 });
    await bed.settle();
    const beside = [await bed.item(server, 'command#auth'), await bed.item(server, 'command#AUTH')];
    await bed.delete(server, 'command#AUTH');
    await bed.settle();

    expect(alone).not.toHaveProperty('problem');
    expect(beside[0]).toMatchObject({ problem: SAME, lastGood: { maxOctets: 500 } });
    expect(beside[1]).not.toHaveProperty('problem');
    expect(await bed.item(server, 'command#auth')).not.toHaveProperty('problem');
  });

  it('a domain in Unicode beside its A-labels says so, whichever came first', async () => {
    const problem = 'means the same as domain#xn--bcher-kva.example, which is in force';
    for (const [first, second] of [
      ['domain#bücher.example', 'domain#xn--bcher-kva.example'],
      ['domain#xn--bcher-kva.example', 'domain#bücher.example'],
    ] as const) {
      await bed.put(server, first, {});
      await bed.settle();
      await bed.put(server, second, {});
      await bed.settle();

      expect(await bed.item(server, 'domain#bücher.example')).toMatchObject({ problem });
      expect(await bed.item(server, 'domain#xn--bcher-kva.example')).not.toHaveProperty('problem');
      await bed.delete(server, first);
      await bed.delete(server, second);
      await bed.settle();
    }
  });
});

describe('two networks or senders that mean the same', () => {
  it.each([
    ['client#2001:db8::/32', { access: 'relay' }, 'client#2001:DB8::/32', { access: 'relay' }],
    ['client#2001:DB8::/32', { access: 'deny' }, 'client#2001:db8::/32', { access: 'relay' }],
    ['sender#spam.example', { access: 'deny' }, 'sender#Spam.Example', { access: 'deny' }],
    ['sender#spam.example', { access: 'deny' }, 'sender#*@spam.example', { access: 'deny' }],
  ])('%s %j: the other one says so', async (winner, attributes, loser, others) => {
    await bed.put(server, loser, others);
    await bed.put(server, winner, attributes);
    await bed.settle();

    expect(await bed.item(server, winner)).not.toHaveProperty('problem');
    expect(await bed.item(server, loser)).toMatchObject({
      problem: `means the same as ${winner}, which is in force`,
    });
    const told = (await bed.events(server)).filter(({ type }) => type === 'policy-invalid');
    expect(told).toMatchObject([{ item: loser }]);
  });
});

describe('one mistake', () => {
  it('is one event, though two items that mean the same come in one batch', async () => {
    await bed.put(server, 'command#vrfy', {});
    await bed.put(server, 'command#VRFY', {});
    const batch = await bed.changes();

    await checkBatch(batch, bed.stores);
    await checkBatch(batch, bed.stores);
    await bed.settle();

    const told = (await bed.events(server)).filter(({ type }) => type === 'policy-invalid');
    expect(told).toMatchObject([{ item: 'command#vrfy', problem: expect.stringContaining('command#VRFY') }]);
  });

  it('in an attribute that is named like a prototype is named as any other', async () => {
    // dynalite keeps none; DynamoDB does, and the SDK reads it.
    const image = JSON.parse(
      `{"server":{"S":"${server}"},"item":{"S":"command#AUTH"},"__proto__":{"S":"x"}}`,
    ) as Readonly<Record<string, { S: string }>>;
    const Keys = { server: { S: server }, item: { S: 'command#AUTH' } };
    const dynamodb = { Keys, NewImage: image, SequenceNumber: '1', ApproximateCreationDateTime: 1_772_359_200 };
    const items = {
      readRange: async () => [image],
      read: async () => image,
      keep: async () => true,
      revise: async () => undefined,
    };

    const { events } = await checkBatch([{ eventID: 'e1', dynamodb }], { ...bed.stores, items });

    expect(events).toMatchObject([
      { type: 'policy-invalid', problem: expect.stringContaining('"__proto__" is not an attribute here') },
      { type: 'policy-changed' },
    ]);
  });
});

describe('settings that were deleted', () => {
  it('are a problem of the server', async () => {
    await bed.put(server, 'settings', SETTINGS);
    await bed.settle();

    await bed.delete(server, 'settings');
    await bed.settle();

    const told = (await bed.events(server)).filter(({ type }) => type === 'policy-invalid');
    expect(told).toMatchObject([{ item: 'settings', problem: 'is missing' }]);
  });

  it('are none where the API removed the server', async () => {
    await bed.put(server, 'settings', {
      ...SETTINGS,
      deletedBy: 'arn:aws:iam::000000000000:user/local',
      deletedAt: '2026-03-01T10:00:00.000Z',
    });
    await bed.delete(server, 'settings');
    await bed.settle();

    expect((await bed.events(server)).map(({ type }) => type)).not.toContain('policy-invalid');
  });
});

it('a task that starts beside a broken item goes by the copy', async () => {
  await bed.put(server, 'settings', SETTINGS);
  await bed.put(server, 'command#AUTH', { maxOctets: 500 });
  await bed.settle();
  await bed.put(server, 'command#AUTH', { maxOctets: '5OO' });
  await bed.put(server, 'settings', { hostname: 'not a name' });
  await bed.settle();

  const items = [await bed.item(server, 'settings'), await bed.item(server, 'command#AUTH')];
  const { policy, problems } = makeSnapshot(items.map((item) => item ?? {}));

  expect(policy).toMatchObject({ settings: { hostname: 'mx1.example' }, commands: { AUTH: { maxOctets: 500 } } });
  expect(problems.map(({ item }) => item)).toEqual(['settings', 'command#AUTH']);
});
