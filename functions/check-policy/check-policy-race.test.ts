import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePolicyItem } from '../../policy/item.ts';
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

async function typesOfEvents(): Promise<readonly unknown[]> {
  return (await bed.events(server)).map(({ type }) => type);
}

describe('a loop', () => {
  it('there is none: one write a change at most and one a server that tells tasks, none when its own come back', async () => {
    await bed.put(server, 'settings', {
      ...SETTINGS,
      mechanisms: new Set(['PLAIN', 'LOGIN']),
      proxyProtocolNetworks: ['10.0.0.0/8'],
    });
    await bed.put(server, 'command#auth', { maxOctets: '5OO' });
    await bed.put(server, 'domain#example.com', { nextHop: 'nowhere' });

    const rounds = await bed.settle();

    expect(bed.writes).toBe(4);
    // The changes themselves, and what the check wrote.
    expect(rounds).toBe(2);
  });

  it('there is none whatever is typed', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
      fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 3 }),
    );
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(
        'allowed',
        'maxOctets',
        'access',
        'nextHop',
        'hostname',
        'lastGood',
        'problem',
        'note',
        'changedAt',
      ),
    );
    const key = fc.constantFrom(
      'settings',
      'command#AUTH',
      'command#auth',
      'domain#example.com',
      'client#10.0.0.0/8',
      'Sender#x',
      'x',
    );
    const attributes = fc.dictionary(
      name.filter((each) => each !== 'server' && each !== 'item'),
      value,
      { maxKeys: 5 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(key, attributes), { minLength: 1, maxLength: 4 }), async (edits) => {
        server = `mx${Number(server.slice(2)) + 1}`;
        for (const [item, typed] of edits) await bed.put(server, item, typed);
        bed.writes = 0;

        await bed.settle();
        const settled = await Promise.all(edits.map(([item]) => bed.item(server, item)));

        expect(bed.writes).toBeLessThanOrEqual(2 * new Set(edits.map(([item]) => item)).size);
        for (const attributes of settled) {
          const { problem } = attributes ?? {};
          const result = parsePolicyItem(attributes ?? {});
          if (!result.ok) expect(problem).toBe(result.problem);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('an edit while another is judged', () => {
  it('is not lost, and is what the remark is about in the end', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    await bed.settle();
    await bed.set(server, 'command#AUTH', 'maxOctets', '5OO');
    const judged = await bed.changes();
    await bed.set(server, 'command#AUTH', 'maxOctets', 600);

    await checkBatch(judged, bed.stores);
    const between = await bed.item(server, 'command#AUTH');
    await bed.settle();

    expect(between).toEqual({ server, item: 'command#AUTH', maxOctets: 600, lastGood: { maxOctets: 500 } });
    expect(await bed.item(server, 'command#AUTH')).toEqual({
      server,
      item: 'command#AUTH',
      maxOctets: 600,
      lastGood: { maxOctets: 600 },
    });
    expect(await typesOfEvents()).not.toContain('policy-invalid');
  });

  it('by an attribute more is seen, too', async () => {
    await bed.put(server, 'command#AUTH', { allowed: true });
    const judged = await bed.changes();
    await bed.set(server, 'command#AUTH', 'maxOctets', '5OO');

    await checkBatch(judged, bed.stores);

    expect(await bed.item(server, 'command#AUTH')).not.toHaveProperty('lastGood');
    await bed.settle();
    expect(await bed.item(server, 'command#AUTH')).toMatchObject({
      problem: WRONG_OCTETS,
      lastGood: { allowed: true },
    });
  });

  it('that deletes the item does not bring it back', async () => {
    await bed.put(server, 'command#AUTH', { maxOctets: 500 });
    const judged = await bed.changes();
    await bed.delete(server, 'command#AUTH');

    await checkBatch(judged, bed.stores);

    expect(await bed.item(server, 'command#AUTH')).toBeUndefined();
  });
});
