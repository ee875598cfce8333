import { describe, expect, it } from 'vitest';
import { ChangeFeed, inJson, type StreamRecord, streamRecord } from '../../functions/tables/embedded/change-feed.ts';
import type { Image } from '../../functions/tables/embedded/dynalite.ts';
import { PolicyStream } from './policy-stream.ts';

const KEYS = ['server', 'item'];

function image(item: string, attributes: Image = {}): Image {
  return { server: { S: 'mx1' }, item: { S: item }, ...attributes };
}

const AUTH = image('command#AUTH', { maxOctets: { N: '500' } });
const NOOP = image('command#NOOP');

/** A stream over writes that the test makes, and a function that the test answers for. */
function bed(answer: (records: readonly StreamRecord[]) => readonly string[] = () => []) {
  const handed: (readonly (string | undefined)[])[] = [];
  const problems: string[] = [];
  const feed = new ChangeFeed(KEYS);
  const table = { first: [] as readonly Image[], fails: false };
  const stream = new PolicyStream({
    first: async () =>
      table.first.map((each, sequence) => streamRecord({ before: each, after: each }, KEYS, { sequence, nowMs: 0 })),
    position: async () => feed.sequence,
    changes: async (after) => {
      if (table.fails) throw new Error('no table');
      return feed.after(after, AbortSignal.abort());
    },
    invoke: async (records) => {
      handed.push(records.map(({ dynamodb }) => dynamodb.Keys.item?.S));
      return answer(records);
    },
    logProblem: (problem) => problems.push(problem),
    pauseMs: 0,
  });
  const write = (...images: readonly Image[]): void => {
    for (const after of images) feed.add({ before: undefined, after }, 0);
  };
  return { stream, table, handed, problems, write };
}

function numbersOf(records: readonly StreamRecord[]): readonly string[] {
  return records.map(({ dynamodb }) => dynamodb.SequenceNumber);
}

describe('PolicyStream', () => {
  it('hands over every item at first, as one that did not change, and not what was written before', async () => {
    const { stream, table, handed, write } = bed();
    write(AUTH);
    table.first = [AUTH];

    await stream.start();
    await stream.step();

    expect(handed).toEqual([['command#AUTH']]);
  });

  it('hands over each change once, and calls no function when there is none', async () => {
    const { stream, handed, write } = bed();
    await stream.start();

    write(AUTH, AUTH);
    await stream.step();
    await stream.step();
    write(NOOP);
    await stream.step();

    expect(handed).toEqual([['command#AUTH', 'command#AUTH'], ['command#NOOP']]);
  });

  it('hands over a hundred at a time, in order, and fewer that are large', async () => {
    const { stream, handed, write } = bed();
    const images = Array.from({ length: 250 }, (_, number) => image(`domain#d${number}`));
    write(...images);
    await stream.step();
    expect(handed.map((items) => items.length)).toEqual([100, 100, 50]);
    expect(handed.flat()).toEqual(images.map(({ item }) => item?.S));

    handed.length = 0;
    const note = { S: 'x'.repeat(1_500_000) };
    write(...[1, 2, 3, 4].map((number) => image(`command#${number}`, { note })));
    await stream.step();
    expect(handed).toEqual([
      ['command#1', 'command#2'],
      ['command#3', 'command#4'],
    ]);
  });

  it('hands over again what the function did not get through, before what came later', async () => {
    let isBroken = true;
    const { stream, handed, write } = bed((records) => (isBroken ? numbersOf(records).slice(0, 1) : []));
    write(AUTH, NOOP);
    expect(await stream.step()).toBe(false);
    isBroken = false;
    write(image('settings'));

    expect([await stream.step(), await stream.step()]).toEqual([true, true]);

    expect(handed).toEqual([['command#AUTH', 'command#NOOP'], ['command#AUTH'], ['settings']]);
  });

  it('gives up what never gets through, says so, and goes on with the rest', async () => {
    const { stream, handed, problems, write } = bed((records) =>
      numbersOf(records.filter(({ dynamodb }) => dynamodb.Keys.item?.S === 'command#AUTH')),
    );
    write(AUTH);
    for (let step = 0; step < 10; step += 1) await stream.step();
    write(NOOP);
    await stream.step();

    expect(problems).toEqual(['1 changes of policy were given up']);
    expect(handed).toEqual([...new Array(10).fill(['command#AUTH']), ['command#NOOP']]);
  });

  it('takes a function that throws for one that got through nothing', async () => {
    let isBroken = true;
    const { stream, handed, problems, write } = bed(() => {
      if (isBroken) throw new Error('no function');
      return [];
    });
    write(AUTH);
    await stream.step();
    isBroken = false;
    await stream.step();

    expect(handed).toEqual([['command#AUTH'], ['command#AUTH']]);
    expect(problems).toEqual(['Error: no function']);
  });

  it('goes on when the table did not answer', async () => {
    const { stream, table, handed, problems, write } = bed();
    table.fails = true;
    write(AUTH);
    await stream.step();
    table.fails = false;
    await stream.step();

    expect(problems).toEqual(['Error: no table']);
    expect(handed).toEqual([['command#AUTH']]);
  });

  it('goes on until it is closed', async () => {
    const asked = Promise.withResolvers<void>();
    let questions = 0;
    const stream: PolicyStream = new PolicyStream({
      first: async () => [],
      position: async () => 0,
      changes: async () => {
        questions += 1;
        if (questions === 3) asked.resolve();
        return [];
      },
      invoke: async () => [],
      logProblem: () => undefined,
      pauseMs: 0,
    });
    const running = stream.run();
    await asked.promise;

    stream.close();
    await running;

    expect(questions).toBeGreaterThanOrEqual(3);
  });
});

describe('a record', () => {
  it('is written as DynamoDB Streams does', () => {
    const after = image('x', { b: { B: new Uint8Array([1, 2]) } });

    const record = streamRecord({ before: undefined, after }, KEYS, { sequence: 1, nowMs: 1500 });

    expect(JSON.parse(JSON.stringify(record, inJson))).toEqual({
      eventID: expect.stringMatching(/./),
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: { server: { S: 'mx1' }, item: { S: 'x' } },
        NewImage: { server: { S: 'mx1' }, item: { S: 'x' }, b: { B: 'AQI=' } },
        SequenceNumber: '1',
        ApproximateCreationDateTime: 1.5,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });
});
