import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Image } from '../tables/attributes.ts';
import { judge } from './bookkeeping.ts';

const PROBLEM = 'maxOctets: "5OO" is not a number; 6 to 65536 are allowed';

function auth(attributes: object): Image {
  return marshall({ server: 'mx1', item: 'command#AUTH', ...attributes });
}

const GOOD = { M: marshall({ maxOctets: 500 }) };

describe('judge', () => {
  it.each([
    ['right, without a copy', auth({ maxOctets: 500 }), [], { lastGood: GOOD }],
    ['right, with its copy', auth({ maxOctets: 500, lastGood: { maxOctets: 500 } }), [], {}],
    ['right, with an older copy', auth({ maxOctets: 500, lastGood: { maxOctets: 400 } }), [], { lastGood: GOOD }],
    [
      'right, with a remark',
      auth({ maxOctets: 500, lastGood: { maxOctets: 500 }, problem: 'x' }),
      [],
      { problem: undefined },
    ],
    [
      'right, with a remark that is no text',
      auth({ maxOctets: 500, lastGood: { maxOctets: 500 }, problem: 7 }),
      [],
      { problem: undefined },
    ],
    ['right, empty, without a copy', auth({}), [], {}],
    ['right, empty, with a copy', auth({ lastGood: { maxOctets: 500 } }), [], { lastGood: { M: {} } }],
    ['wrong, without a remark', auth({ maxOctets: '5OO' }), [], { problem: { S: PROBLEM } }],
    ['wrong, with its remark', auth({ maxOctets: '5OO', problem: PROBLEM }), [], {}],
    ['wrong, with another remark', auth({ maxOctets: '5OO', problem: 'x' }), [], { problem: { S: PROBLEM } }],
    [
      'wrong, good before',
      auth({ maxOctets: '5OO', problem: PROBLEM }),
      [auth({ maxOctets: 500 })],
      { lastGood: GOOD },
    ],
    [
      'wrong, good before, with an older copy',
      auth({ maxOctets: '5OO', problem: PROBLEM, lastGood: { maxOctets: 400 } }),
      [auth({ maxOctets: 500 })],
      { lastGood: GOOD },
    ],
    [
      'wrong, wrong before, good before that',
      auth({ maxOctets: '5OO', problem: PROBLEM }),
      [auth({ maxOctets: 'x' }), auth({ maxOctets: 500 })],
      { lastGood: GOOD },
    ],
    [
      'wrong, with a copy before',
      auth({ maxOctets: '5OO', problem: PROBLEM }),
      [auth({ maxOctets: 'x', lastGood: { maxOctets: 500 } })],
      { lastGood: GOOD },
    ],
    [
      'wrong, with a copy and another before',
      auth({ maxOctets: '5OO', problem: PROBLEM, lastGood: { maxOctets: 500 } }),
      [auth({ maxOctets: 'x', lastGood: { maxOctets: 400 } })],
      {},
    ],
    ['wrong, with a broken copy and none before', auth({ maxOctets: '5OO', problem: PROBLEM, lastGood: 'x' }), [], {}],
  ])('an item that is %s', (_what, image, earlier, change) => {
    expect(judge(image, earlier, undefined).change).toEqual(change);
  });

  it('says what is wrong, and nothing where nothing is', () => {
    expect(judge(auth({ maxOctets: '5OO' }), [], undefined).problem).toBe(PROBLEM);
    expect(judge(auth({ maxOctets: 500 }), [], undefined)).not.toHaveProperty('problem');
  });

  it('keeps the copy of an item that another one overrules', () => {
    const { problem, change } = judge(auth({ maxOctets: 500 }), [], 'means the same');

    expect(problem).toBe('means the same');
    expect(change).toEqual({ problem: { S: 'means the same' }, lastGood: GOOD });
  });

  it('takes sets in any order and octets for what they are', () => {
    const mechanisms = (...names: string[]) => ({ SS: names });
    const settings = { item: { S: 'settings' }, hostname: { S: 'mx1' }, defaultNextHop: { S: 'ses' } };
    const { item: _item, ...own } = settings;
    const image = {
      ...settings,
      mechanisms: mechanisms('PLAIN', 'LOGIN'),
      lastGood: { M: { ...own, mechanisms: mechanisms('LOGIN', 'PLAIN') } },
    };

    expect(judge(image, [], undefined).change).toEqual({});
    expect(judge({ ...image, mechanisms: mechanisms('PLAIN') }, [], undefined).change).toHaveProperty('lastGood');
    expect(judge(auth({ maxOctets: new Uint8Array([1]) }), [], undefined).problem).toMatch(
      /^maxOctets: a binary value/,
    );
  });
});
