import { describe, expect, it } from 'vitest';
import { balance } from './audit.ts';
import type { Balance } from './balance.ts';
import type { Attempt, Entry } from './entry.ts';
import type { Held } from './held-audit.ts';

const ADDRESS = 't1@example.com';
const ENTRY: Omit<Entry, 'attempts'> = {
  letter: {
    token: 't1',
    kind: 'held',
    server: 'inbound',
    sender: 'a@elsewhere.test',
    recipients: [{ address: ADDRESS, hop: 'mta' }],
    isPatient: false,
    isPipelined: true,
    isForbidden: false,
    seed: 1,
    octets: 100,
  },
  digest: 'd',
};
const ACCEPTED: Attempt = {
  startedAtMs: 1,
  endedAtMs: 2,
  incarnation: 1,
  recipients: [ADDRESS],
  refused: [],
  isTerminated: true,
  ending: 'accepted',
  reply: '250 2.0.0 OK T1.1',
};
const DEFERRED: Attempt = { ...ACCEPTED, ending: 'deferred', reply: '451 4.3.0 Message cannot be kept' };
const HELD: Held = { id: 'T1.1', token: 't1', state: 'held', tries: 0, digest: 'd' };
const RELEASED: Held = { ...HELD, state: 'released', tries: 1 };

function audited(attempts: Attempt[], held: readonly Held[], copies = 0): Balance {
  const copy = { hop: 'mta', token: 't1', rcptTo: [ADDRESS], digest: 'd' } as const;
  const found = Array.from({ length: copies }, () => copy);
  return balance({ entries: [{ ...ENTRY, attempts }], found, logged: [], blows: [], held });
}

describe('held mail that balances', () => {
  it.each<[string, Balance]>([
    ['held', audited([ACCEPTED], [HELD])],
    ['released', audited([ACCEPTED], [RELEASED], 1)],
    ['on its way, at the hop or not', audited([ACCEPTED], [{ ...HELD, state: 'releasing', tries: 1 }], 1)],
    ['deferred, and there nevertheless', audited([DEFERRED, ACCEPTED], [HELD, { ...HELD, id: 'T0.1' }])],
  ])('%s', (_what, { unexplained }) => {
    expect(unexplained).toEqual([]);
  });

  it('counts what lies there twice, and what came twice', () => {
    const twice = audited(
      [DEFERRED, ACCEPTED],
      [
        { ...RELEASED, tries: 2 },
        { ...HELD, id: 'T0.1' },
      ],
      2,
    );

    expect([...twice.unanswered.values(), ...twice.duplicates.values()]).toEqual([1, 1]);
  });
});

describe('held mail that does not', () => {
  it.each<[string, Balance]>([
    ['is not in the table', audited([ACCEPTED], [])],
    ['is another one there', audited([ACCEPTED], [{ ...HELD, id: 'T0.1' }])],
    ['has other octets', audited([ACCEPTED], [{ ...HELD, digest: 'e' }])],
    ['has none', audited([ACCEPTED], [{ ...HELD, digest: undefined }])],
    ['is there without a try', audited([ACCEPTED], [HELD, { ...HELD, id: 'T0.1' }])],
    ['was released and is nowhere', audited([ACCEPTED], [RELEASED])],
    ['is at the hop unreleased', audited([ACCEPTED], [HELD], 1)],
    ['is at the hop oftener than it was sent', audited([ACCEPTED], [RELEASED], 2)],
  ])('%s', (_what, { unexplained }) => {
    expect(unexplained).not.toEqual([]);
  });
});
