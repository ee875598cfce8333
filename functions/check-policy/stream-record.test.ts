import { describe, expect, it } from 'vitest';
import { readRecord } from './stream-record.ts';

const DYNAMODB = {
  ApproximateCreationDateTime: 1_772_359_200,
  Keys: { server: { S: 'mx1' }, item: { S: 'x' } },
  SequenceNumber: '1',
};

describe('readRecord', () => {
  it('reads the images as the SDK has them, octets and all that holds octets', () => {
    const image = {
      n: { N: '500' },
      s: { S: 'text' },
      t: { BOOL: true },
      u: { NULL: true },
      ss: { SS: ['a'] },
      b: { B: 'AQI=' },
      bs: { BS: ['AQI=', 'Aw=='] },
      l: { L: [{ B: 'AQI=' }, { N: '1' }] },
      m: { M: { b: { B: 'AQI=' } } },
    };
    const octets = Buffer.from([1, 2]);

    const record = readRecord({ eventID: 'e1', dynamodb: { ...DYNAMODB, OldImage: image, NewImage: {} } });

    expect(record).toEqual({
      kind: 'item',
      id: 'e1',
      sequenceNumber: '1',
      order: `2026-03-01T10:00:00.000Z#${'1'.padStart(40, '0')}`,
      at: '2026-03-01T10:00:00.000Z',
      server: 'mx1',
      item: 'x',
      before: {
        ...image,
        b: { B: octets },
        bs: { BS: [octets, Buffer.from([3])] },
        l: { L: [{ B: octets }, { N: '1' }] },
        m: { M: { b: { B: octets } } },
      },
      after: {},
    });
  });

  it('leaves out an image that is not there', () => {
    const record = readRecord({ eventID: 'e1', dynamodb: DYNAMODB });

    expect(record).not.toHaveProperty('before');
    expect(record).not.toHaveProperty('after');
  });

  it.each([
    undefined,
    {},
    { eventID: '', dynamodb: DYNAMODB },
    { eventID: 'e1', dynamodb: { ...DYNAMODB, Keys: { stream: { S: 'mx1#2026-03-01' } } } },
    { eventID: 'e1', dynamodb: { ...DYNAMODB, SequenceNumber: 1 } },
    { eventID: 'e1', dynamodb: { ...DYNAMODB, NewImage: { n: 7 } } },
  ])('reads no record of %j', (value) => {
    expect(readRecord(value)).toBeUndefined();
  });

  it('reads one of a user', () => {
    const record = readRecord({ eventID: 'e1', dynamodb: { ...DYNAMODB, Keys: { user: { S: 'alice' } } } });

    expect(record).toMatchObject({ kind: 'user', id: 'e1', user: 'alice' });
  });
});
