import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuthenticateDecision, authenticateDecisionSchema } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import { parseSettings } from '../../policy/settings.ts';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { Tables } from '../test-support/tables.ts';
import { login } from '../test-support/users.ts';
import { DynamoLoginCounters } from './dynamo-login-counters.ts';
import { DEFAULT_LOCKOUT, withLockout } from './lockout.ts';
import type { Guesser, LoginCounters, Reservation } from './login-counters.ts';

/** Milliseconds; on a machine that is busy with other tests. */
const PARALLEL_MS = 120_000;
const PERMIT = {
  kind: 'permit' as const,
  identity: 'alice@example.com',
  senders: [],
  limits: {},
  cacheSeconds: 60,
} satisfies AuthenticateDecision;
const REJECT = { kind: 'reject', reply: REPLIES.credentialsInvalid } as const;
const DEFER: AuthenticateDecision = { kind: 'defer', reply: REPLIES.authenticationDeferred };
const UNKNOWN_MECHANISM: AuthenticateDecision = { kind: 'reject', reply: REPLIES.mechanismUnknown };
const LOCKED = { kind: 'reject', reply: REPLIES.lockedOut, rule: 'settings#lockoutFailures' } as const;

/** Answers `reserve` as it is told and keeps what it is asked. */
class ScriptedCounters implements LoginCounters {
  readonly asked: (readonly unknown[])[] = [];
  readonly #reservation: Reservation | Error;
  readonly #settling: Promise<void>;

  constructor(reservation: Reservation | Error, settling: Promise<void> = Promise.resolve()) {
    this.#reservation = reservation;
    this.#settling = settling;
    settling.catch(() => undefined);
  }

  async reserve(...asked: readonly unknown[]): Promise<Reservation> {
    this.asked.push(['reserve', ...asked]);
    if (this.#reservation instanceof Error) throw this.#reservation;
    return this.#reservation;
  }

  giveBack(_guesser: Guesser, window: string): Promise<void> {
    this.asked.push(['giveBack', window]);
    return this.#settling;
  }

  forget(_guesser: Guesser, window: string): Promise<void> {
    this.asked.push(['forget', window]);
    return this.#settling;
  }
}

function reserved(failures: number): Reservation {
  return { kind: 'reserved', window: 'w1', failures };
}

const nowMs = (): number => 1_000_000;

let logged: Console;
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('withLockout', () => {
  it('counts a guess before it is tried, by user and network, with the thresholds of the request', async () => {
    const counters = new ScriptedCounters(reserved(1));
    const lockout = { failures: 5, seconds: 60, delaySeconds: 2 };
    const client = { address: '::ffff:203.0.113.7', port: 1, tls: true };
    const decide = vi.fn(async () => {
      expect(counters.asked).toHaveLength(1);
      return REJECT;
    });

    const decision = await withLockout(
      login({ username: 'ALICE@example.com', client, lockout }),
      { counters, nowMs },
      decide,
    );

    expect(decision).toEqual(REJECT);
    expect(decide).toHaveBeenCalledOnce();
    const guesser = { counter: 'login#alice@example.com', scope: '203.0.113.7/32' };
    expect(counters.asked).toEqual([['reserve', guesser, { failures: 5, seconds: 60 }, 1_000_000]]);
  });

  it('goes by the defaults of settings where the request names no thresholds', async () => {
    const counters = new ScriptedCounters(reserved(1));

    await withLockout(login(), { counters, nowMs }, async () => REJECT);

    const settings = parseSettings({ hostname: 'mx1.example.com', defaultNextHop: 'ses' });
    expect(settings).toMatchObject({
      value: {
        lockoutFailures: DEFAULT_LOCKOUT.failures,
        lockoutSeconds: DEFAULT_LOCKOUT.seconds,
        loginDelaySeconds: DEFAULT_LOCKOUT.delaySeconds,
      },
    });
    expect(counters.asked).toMatchObject([['reserve', {}, { failures: 20, seconds: 900 }, 1_000_000]]);
  });

  it('tries no guess of a network that is locked out', async () => {
    const counters = new ScriptedCounters({ kind: 'locked' });
    const decide = vi.fn(async () => PERMIT);

    const decision = await withLockout(login(), { counters, nowMs }, decide);

    expect(decision).toEqual({ ...LOCKED, delaySeconds: 30 });
    expect(authenticateDecisionSchema.parse(decision)).toEqual(decision);
    expect(decide).not.toHaveBeenCalled();
    expect(counters.asked).toHaveLength(1);
  });

  // A failure stays counted; all else is made good.
  it.each([
    ['a success forgets', PERMIT, ['forget', 'w1']],
    ['a deferred login gives back', DEFER, ['giveBack', 'w1']],
    ['a success of somebody else gives back', { ...PERMIT, identity: 'mallory' }, ['giveBack', 'w1']],
    ['a mechanism that is none gives back', UNKNOWN_MECHANISM, ['giveBack', 'w1']],
  ])('%s what was counted, and is answered as it was decided', async (_what, decided, asked) => {
    const counters = new ScriptedCounters(reserved(7));

    expect(await withLockout(login(), { counters, nowMs }, async () => decided)).toEqual(decided);
    expect(counters.asked.slice(1)).toEqual([asked]);
  });

  it('gives back what was counted when the rule throws, and throws on', async () => {
    const counters = new ScriptedCounters(reserved(1));
    const failure = new TypeError('our own misuse');

    await expect(withLockout(login(), { counters, nowMs }, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(counters.asked.slice(1)).toEqual([['giveBack', 'w1']]);
  });

  it('defers without a try when the counters do not answer, and says why', async () => {
    const counters = new ScriptedCounters(new Error('table not found'));
    const decide = vi.fn(async () => PERMIT);

    expect(await withLockout(login(), { counters, nowMs }, decide)).toEqual(DEFER);
    expect(decide).not.toHaveBeenCalled();
    expect(logged.lines()).toEqual([
      { level: 'error', server: 'submission', session: 's1', problem: 'Cannot count logins: Error: table not found' },
    ]);
  });

  it.each([
    ['permits', PERMIT],
    ['defers', DEFER],
  ])('%s all the same when the count cannot be made good, and says why', async (_what, decided) => {
    const counters = new ScriptedCounters(reserved(1), Promise.reject(new Error('throttled')));

    expect(await withLockout(login(), { counters, nowMs }, async () => decided)).toEqual(decided);
    expect(logged.lines()).toMatchObject([{ problem: 'Cannot count logins: Error: throttled' }]);
  });

  it('counts no token that names no one, and each that names somebody', async () => {
    const counters = new ScriptedCounters(reserved(1));
    const token = login({ mechanism: 'OAUTHBEARER', token: 'secret-token' });

    expect(await withLockout({ ...token, username: '' }, { counters, nowMs }, async () => REJECT)).toEqual(REJECT);
    expect(counters.asked).toEqual([]);
    await withLockout(token, { counters, nowMs }, async () => REJECT);
    expect(counters.asked).toHaveLength(1);
  });
});

describe('the delay of a failure', () => {
  // None for the first, then doubled with each, up to 30 s.
  it.each([
    [1, 1, undefined],
    [2, 1, 1],
    [3, 1, 2],
    [4, 1, 4],
    [6, 1, 16],
    [7, 1, 30],
    [1000, 1, 30],
    [2, 30, 30],
    [3, 0.25, 0.5],
    [2, 0, undefined],
    [1000, 0, undefined],
  ])('of the number %d with a first delay of %d s is %d s', async (failures, delaySeconds, expected) => {
    const counters = new ScriptedCounters(reserved(failures));
    const lockout = { failures: 1000, seconds: 60, delaySeconds };

    const decision = await withLockout(login({ lockout }), { counters, nowMs }, async () => REJECT);

    expect(decision).toEqual(expected === undefined ? REJECT : { ...REJECT, delaySeconds: expected });
    expect(authenticateDecisionSchema.safeParse(decision).success).toBe(true);
  });

  it.each([
    [1, 1, 1],
    [3, 1, 4],
    [20, 1, 30],
    [20, 0, undefined],
  ])('of a lockout above %d failures goes on with it', async (failures, delaySeconds, expected) => {
    const counters = new ScriptedCounters({ kind: 'locked' });
    const lockout = { failures, seconds: 60, delaySeconds };

    const decision = await withLockout(login({ lockout }), { counters, nowMs }, async () => REJECT);

    expect(decision).toEqual(expected === undefined ? LOCKED : { ...LOCKED, delaySeconds: expected });
  });
});

describe('withLockout on a table', () => {
  const LOCKOUT = { failures: 3, seconds: 60, delaySeconds: 1 };
  const NETWORKS = ['203.0.113.7', '203.0.113.8', '2001:db8::1'];
  const DECISIONS = { PERMIT, REJECT, DEFER, UNKNOWN_MECHANISM } as const;

  let tables: Tables;
  let counters: LoginCounters;
  let runs = 0;
  beforeAll(async () => {
    tables = await Tables.start();
    await tables.create('counters');
    counters = new DynamoLoginCounters(tables.newClient(), 'counters', { reserveMs: 60_000, settleMs: 60_000 });
  });
  afterAll(() => tables.stop());

  interface Step {
    readonly user: string;
    readonly address: string;
    readonly decided: keyof typeof DECISIONS;
    readonly afterMs: number;
  }

  const step: fc.Arbitrary<Step> = fc.record({
    user: fc.constantFrom('alice', 'bob'),
    address: fc.constantFrom(...NETWORKS),
    decided: fc.oneof(
      { weight: 6, arbitrary: fc.constant('REJECT' as const) },
      { weight: 2, arbitrary: fc.constantFrom('PERMIT', 'DEFER', 'UNKNOWN_MECHANISM') },
    ),
    // Most within the window, some just at its end, some after it.
    afterMs: fc.oneof({ weight: 6, arbitrary: fc.constant(1000) }, fc.constantFrom(0, 59_000, 60_000, 61_000)),
  });

  /** What the rule says of one user and network, as it is told in words. */
  class Model {
    #failures = 0;
    #endMs = 0;

    answer(decided: keyof typeof DECISIONS, atMs: number): { isTried: boolean; decision: AuthenticateDecision } {
      if (atMs >= this.#endMs) this.#failures = 0;
      if (this.#failures === LOCKOUT.failures) return { isTried: false, decision: { ...LOCKED, delaySeconds: 4 } };
      this.#endMs = atMs + LOCKOUT.seconds * 1000;
      if (decided === 'PERMIT') this.#failures = 0;
      if (decided !== 'REJECT') return { isTried: true, decision: DECISIONS[decided] };
      this.#failures += 1;
      const delay = [{}, { delaySeconds: 1 }, { delaySeconds: 2 }][this.#failures - 1];
      return { isTried: true, decision: { ...REJECT, ...delay } };
    }
  }

  it('answers whatever happens in whatever order as the rule says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        runs += 1;
        const models = new Map<string, Model>();
        let atMs = Date.UTC(2026, 10, 24);
        for (const { user, address, decided, afterMs } of steps) {
          atMs += afterMs;
          const model = models.get(user + address) ?? new Model();
          models.set(user + address, model);
          const client = { address, port: 1, tls: true };
          const request = login({ username: `${user}-${runs}`, client, lockout: LOCKOUT });
          let isTried = false;

          const decision = await withLockout(request, { counters, nowMs: () => atMs }, async () => {
            isTried = true;
            return decided === 'PERMIT' ? { ...PERMIT, identity: request.username } : DECISIONS[decided];
          });

          const { isTried: mayTry, decision: expected } = model.answer(decided, atMs);
          const identity = expected.kind === 'permit' ? { identity: request.username } : {};
          expect({ isTried, decision }).toEqual({ isTried: mayTry, decision: { ...expected, ...identity } });
        }
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it(
    'tries exactly as many of 200 guesses in parallel as the threshold says',
    async () => {
      const lockout = { failures: 20, seconds: 900, delaySeconds: 0 };
      const decide = vi.fn(async () => REJECT);

      const decisions = await Promise.all(
        Array.from({ length: 200 }, () =>
          withLockout(login({ username: 'carol', lockout }), { counters, nowMs }, decide),
        ),
      );

      expect(decide).toHaveBeenCalledTimes(20);
      expect(decisions.filter((decision) => decision.kind === 'reject' && decision.rule !== undefined)).toHaveLength(
        180,
      );
    },
    PARALLEL_MS,
  );

  it('lets the owner in from another network while one is locked out', async () => {
    const lockout = { failures: 1, seconds: 900, delaySeconds: 0 };
    const from = (address: string) => login({ username: 'dave', lockout, client: { address, port: 1, tls: true } });
    const attempt = (address: string, decided: AuthenticateDecision) =>
      withLockout(from(address), { counters, nowMs }, async () => decided);

    await attempt('2001:db8::1', REJECT);

    // The rest of the /64 is the same network.
    expect(await attempt('2001:db8::2', PERMIT)).toEqual(LOCKED);
    expect(await attempt('2001:db8:0:1::1', PERMIT)).toEqual(PERMIT);
    expect(await attempt('203.0.113.7', PERMIT)).toEqual(PERMIT);
  });
});
