/** The audit itself: it must see a lost message, and must not be talked out of it. */
import { describe, expect, it } from 'vitest';
import { type Books, balance, type Found, type LoggedTransaction } from './audit.ts';
import type { Attempt, Entry } from './entry.ts';
import type { Letter } from './letter.ts';

const INSIDE = { address: 't1@example.com', hop: 'mta' } as const;
const OUTSIDE = { address: 't1@elsewhere.test', hop: 'ses' } as const;
const LETTER: Letter = {
  token: 't1',
  kind: 'inside',
  server: 'submission',
  sender: 'alice@example.com',
  recipients: [INSIDE],
  isPatient: false,
  isPipelined: true,
  isForbidden: false,
  seed: 1,
  octets: 100,
};
const UNCERTAIN = 'closed; whether the message was taken is uncertain (final)';

function attempt(change: Partial<Attempt> = {}): Attempt {
  return {
    startedAtMs: 10_000,
    endedAtMs: 11_000,
    incarnation: 1,
    recipients: [INSIDE.address],
    refused: [],
    isTerminated: true,
    ending: 'accepted',
    reply: '250 2.0.0 OK',
    ...change,
  };
}

const ACCEPTED = attempt();
const DEFERRED = attempt({ ending: 'deferred', reply: '451 4.4.2 late' });
const LOST = attempt({ ending: 'lost', reply: 'Server closed' });
const COPY: Found = { hop: 'mta', token: 't1', rcptTo: [INSIDE.address], digest: 'd' };
const SES_COPY: Found = { hop: 'ses', token: 't1', rcptTo: [OUTSIDE.address], digest: 'd' };

function books(attempts: readonly Attempt[], rest: Partial<Books> & { readonly letter?: Partial<Letter> } = {}): Books {
  const entry: Entry = { letter: { ...LETTER, ...rest.letter }, digest: 'd', attempts: [...attempts] };
  return { entries: [entry], found: [], logged: [], blows: [], held: [], ...rest };
}

function logged(detail: string, atMs = 10_500): LoggedTransaction {
  return { atMs, recipients: [INSIDE.address, OUTSIDE.address], detail };
}

const KILLED = { part: 'submission', kind: 'kill', atMs: 10_900 } as const;
const MIXED = { kind: 'mixed', recipients: [INSIDE, OUTSIDE] } as const;
const BOTH = [INSIDE.address, OUTSIDE.address];
const PARTLY = 'ses took it for 1; not for all: connect ECONNREFUSED';

describe('a ledger that balances', () => {
  it.each<[string, Books]>([
    ['accepted and there', books([ACCEPTED], { found: [COPY] })],
    ['deferred and not there', books([DEFERRED])],
    ['lost with the proxy, and not there', books([LOST], { blows: [KILLED] })],
    ['refused for good, as it ought to be', books([attempt({ ending: 'refused' })], { letter: { isForbidden: true } })],
  ])('%s', (_what, given) => {
    const { unexplained, duplicates, unanswered } = balance(given);

    expect(unexplained).toEqual([]);
    expect([...duplicates, ...unanswered]).toEqual([]);
  });

  it.each<[string, Books, string]>([
    [
      'the hop died before its answer, and a retry got through',
      books([DEFERRED, attempt({ startedAtMs: 12_000, endedAtMs: 13_000 })], {
        found: [COPY, COPY],
        logged: [logged(UNCERTAIN)],
      }),
      'mta died or was late before its answer',
    ],
    [
      'the proxy was killed before its answer, and a retry got through',
      books([LOST, attempt({ incarnation: 2 })], { found: [COPY, COPY], blows: [KILLED] }),
      'proxy killed before its answer',
    ],
    [
      'partly served, and the proxy that knew was killed',
      books([{ ...DEFERRED, recipients: BOTH }, attempt({ incarnation: 2, recipients: BOTH, startedAtMs: 12_000 })], {
        letter: MIXED,
        found: [SES_COPY, SES_COPY, COPY],
        logged: [logged(PARTLY)],
      }),
      'partly served, and the proxy that remembered it was killed',
    ],
  ])('a duplicate with its cause: %s', (_what, given, cause) => {
    const { unexplained, duplicates } = balance(given);

    expect(unexplained).toEqual([]);
    expect([...duplicates]).toEqual([[cause, 1]]);
  });

  it('a copy that no 250 was heard for, with its cause', () => {
    const { unexplained, unanswered } = balance(books([LOST], { found: [COPY], blows: [KILLED] }));

    expect(unexplained).toEqual([]);
    expect([...unanswered]).toEqual([['proxy killed before its answer', 1]]);
  });
});

it('counts what the proxy that knew did not send again', () => {
  const retried = attempt({ recipients: BOTH, startedAtMs: 12_000, endedAtMs: 13_000 });

  const { unexplained, duplicates, spared } = balance(
    books([{ ...DEFERRED, recipients: BOTH }, retried], {
      letter: MIXED,
      found: [SES_COPY, COPY],
      logged: [logged(PARTLY)],
    }),
  );

  expect(unexplained).toEqual([]);
  expect([...duplicates]).toEqual([]);
  expect(spared).toBe(1);
});

describe('a ledger that does not balance', () => {
  it.each<[string, Books, RegExp]>([
    ['accepted and not there', books([ACCEPTED]), /LOST/],
    ['accepted and there twice', books([ACCEPTED], { found: [COPY, COPY] }), /2 copies where 1 and 0/],
    ['deferred and there', books([DEFERRED], { found: [COPY], logged: [logged('refused')] }), /1 copies where 0/],
    ['other octets', books([ACCEPTED], { found: [{ ...COPY, digest: undefined }] }), /other octets/],
    ['another recipient', books([ACCEPTED], { found: [{ ...COPY, rcptTo: ['x@example.com'] }] }), /for x@/],
    ['never sent', books([], { found: [{ ...COPY, token: 't2' }] }), /nobody sent/],
    ['lost without a kill', books([LOST]), /without a cause/],
    ['lost long before the kill', books([LOST], { blows: [{ ...KILLED, atMs: 20_000 }] }), /without a cause/],
    ['patient and never taken', books([DEFERRED], { letter: { isPatient: true } }), /did not get through/],
    ['refused for good without reason', books([attempt({ ending: 'refused' })]), /refused for good/],
    ['forbidden and accepted', books([ACCEPTED], { found: [COPY], letter: { isForbidden: true } }), /is forbidden/],
    [
      'forbidden and there, even if its answer was lost',
      books([LOST], { found: [COPY], blows: [KILLED], letter: { isForbidden: true } }),
      /1 copies where 0/,
    ],
    [
      'partly served and sent again by the proxy that knew',
      books([{ ...DEFERRED, recipients: BOTH }, attempt({ recipients: BOTH, startedAtMs: 12_000 })], {
        letter: MIXED,
        found: [SES_COPY, SES_COPY, COPY],
        logged: [logged(PARTLY)],
      }),
      /2 copies where 1 and 0/,
    ],
    [
      'partly served, and not there',
      books([{ ...DEFERRED, recipients: BOTH }], { letter: MIXED, logged: [logged(PARTLY)] }),
      /LOST/,
    ],
  ])('%s', (_what, given, reason) => {
    expect(balance(given).unexplained.join('\n')).toMatch(reason);
  });
});
