import { describe, expect, it } from 'vitest';
import { type Image, inJson, type StreamRecord, TableChanges } from './changes.ts';
import { PolicyStream } from './policy-stream.ts';

function image(item: string, attributes: Image = {}): Image {
  return { server: { S: 'mx1' }, item: { S: item }, ...attributes };
}

const AUTH = image('command#AUTH', { maxOctets: { N: '500' } });
const NOOP = image('command#NOOP');

function shapes(records: readonly StreamRecord[]): readonly unknown[] {
  return records.map(({ eventName, dynamodb }) => [
    eventName,
    dynamodb.Keys.item?.S,
    dynamodb.OldImage?.maxOctets?.N,
    dynamodb.NewImage?.maxOctets?.N,
  ]);
}

describe('TableChanges', () => {
  it('gives every item at first, as one that did not change', () => {
    expect(shapes(new TableChanges().take([AUTH, NOOP], 0))).toEqual([
      ['MODIFY', 'command#AUTH', '500', '500'],
      ['MODIFY', 'command#NOOP', undefined, undefined],
    ]);
  });

  it('gives what was made, changed and deleted since, and nothing else', () => {
    const changes = new TableChanges();
    changes.take([AUTH, NOOP], 0);

    expect(changes.take([NOOP, AUTH], 0)).toEqual([]);
    expect(shapes(changes.take([image('command#AUTH', { maxOctets: { N: '600' } }), image('settings')], 0))).toEqual([
      ['MODIFY', 'command#AUTH', '500', '600'],
      ['INSERT', 'settings', undefined, undefined],
      ['REMOVE', 'command#NOOP', undefined, undefined],
    ]);
  });

  it('writes records as DynamoDB Streams does', () => {
    const changes = new TableChanges();
    changes.take([], 0);

    const [record] = changes.take([image('x', { b: { B: new Uint8Array([1, 2]) } })], 1500);

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

  it('sees octets change', () => {
    const changes = new TableChanges();
    changes.take([image('x', { b: { B: new Uint8Array([1]) } })], 0);

    expect(changes.take([image('x', { b: { B: new Uint8Array([2]) } })], 0)).toHaveLength(1);
  });
});

/** A stream over a table that the test holds, and a function that the test answers for. */
function bed(answer: (records: readonly StreamRecord[]) => readonly string[] = () => []) {
  const handed: (readonly (string | undefined)[])[] = [];
  const problems: string[] = [];
  const table = { images: [] as readonly Image[], fails: false };
  const stream = new PolicyStream({
    scan: async () => {
      if (table.fails) throw new Error('no table');
      return table.images;
    },
    invoke: async (records) => {
      handed.push(records.map(({ dynamodb }) => dynamodb.Keys.item?.S));
      return answer(records);
    },
    logProblem: (problem) => problems.push(problem),
    pauseMs: 0,
  });
  return { stream, table, handed, problems };
}

function numbersOf(records: readonly StreamRecord[]): readonly string[] {
  return records.map(({ dynamodb }) => dynamodb.SequenceNumber);
}

describe('PolicyStream', () => {
  it('hands over what changed, and calls nobody when nothing did', async () => {
    const { stream, table, handed } = bed();
    table.images = [AUTH];

    await stream.look();
    await stream.look();
    table.images = [AUTH, NOOP];
    await stream.look();

    expect(handed).toEqual([['command#AUTH'], ['command#NOOP']]);
  });

  it('hands over a hundred at a time, in order, and fewer that are large', async () => {
    const { stream, table, handed } = bed();
    table.images = Array.from({ length: 250 }, (_, number) => image(`domain#d${number}`));
    await stream.look();
    expect(handed.map((items) => items.length)).toEqual([100, 100, 50]);
    expect(handed.flat()).toEqual(table.images.map(({ item }) => item?.S));

    handed.length = 0;
    const note = { S: 'x'.repeat(1_500_000) };
    table.images = [1, 2, 3, 4].map((number) => image(`command#${number}`, { note }));
    await stream.look();
    const large = handed.map((items) => items.filter((item) => item?.startsWith('command#')));
    expect(large.filter((items) => items.length > 0)).toEqual([
      ['command#1', 'command#2'],
      ['command#3', 'command#4'],
    ]);
  });

  it('hands over again what the function did not get through, before what came later', async () => {
    let isBroken = true;
    const { stream, table, handed } = bed((records) => (isBroken ? numbersOf(records).slice(0, 1) : []));
    table.images = [AUTH, NOOP];
    await stream.look();
    isBroken = false;
    table.images = [AUTH, NOOP, image('settings')];

    await stream.look();

    expect(handed).toEqual([
      ['command#AUTH', 'command#NOOP'],
      ['command#AUTH', 'settings'],
    ]);
  });

  it('gives up what never gets through, says so, and goes on with the rest', async () => {
    const { stream, table, handed, problems } = bed((records) =>
      numbersOf(records.filter(({ dynamodb }) => dynamodb.Keys.item?.S === 'command#AUTH')),
    );
    table.images = [AUTH];
    for (let look = 0; look < 10; look += 1) await stream.look();
    table.images = [AUTH, NOOP];
    await stream.look();

    expect(problems).toEqual(['1 changes of policy were given up']);
    expect(handed).toEqual([...new Array(10).fill(['command#AUTH']), ['command#NOOP']]);
  });

  it('takes a function that throws for one that got through nothing', async () => {
    let isBroken = true;
    const { stream, table, handed, problems } = bed(() => {
      if (isBroken) throw new Error('no function');
      return [];
    });
    table.images = [AUTH];
    await stream.look();
    isBroken = false;
    await stream.look();

    expect(handed).toEqual([['command#AUTH'], ['command#AUTH']]);
    expect(problems).toEqual(['Error: no function']);
  });

  it('goes on when the table did not answer', async () => {
    const { stream, table, handed, problems } = bed();
    table.fails = true;
    await stream.look();
    table.fails = false;
    table.images = [AUTH];
    await stream.look();

    expect(problems).toEqual(['Error: no table']);
    expect(handed).toEqual([['command#AUTH']]);
  });

  it('looks until it is closed', async () => {
    const looks = Promise.withResolvers<void>();
    let scans = 0;
    const stream: PolicyStream = new PolicyStream({
      scan: async () => {
        scans += 1;
        if (scans === 3) looks.resolve();
        return [];
      },
      invoke: async () => [],
      logProblem: () => undefined,
      pauseMs: 0,
    });
    const running = stream.run();
    await looks.promise;

    stream.close();
    await running;

    expect(scans).toBeGreaterThanOrEqual(3);
  });
});
