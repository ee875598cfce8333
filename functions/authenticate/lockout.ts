/**
 * The lockout: how often a client network may fail to log in as one user, over all sessions and tasks.
 *
 * A guess is counted as failed *before* its password is looked at, so that no number of guesses in parallel gets more
 * of them verified than the threshold allows; then what came of it is made good. A network is locked out for one user:
 * the owner elsewhere goes on, and so do other users of the network. Names that are no one's are counted and locked
 * like users, since a difference would tell who exists.
 */
import { MAX_LOGIN_DELAY_SECONDS } from '../../policy/bounds.ts';
import { loginCounter, loginScope } from '../../policy/counter.ts';
import type { AuthenticateDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { Guesser, LoginCounters, Reservation } from './login-counters.ts';

/** In force when the proxy names none: the defaults of `settings`. */
export const DEFAULT_LOCKOUT = { failures: 20, seconds: 900, delaySeconds: 1 } as const;

const RULE = 'settings#lockoutFailures';

export interface LockoutParts {
  readonly counters: LoginCounters;
  readonly nowMs: () => number;
}

/**
 * Lets `decide` try the credentials of a request, unless the client's network is locked out for its user.
 *
 * Only refused credentials count. A success forgets what failed before it; a login that came to no answer (deferred,
 * thrown, or refused for its mechanism) gives its place back. When the counters do not answer the login is deferred, as
 * after every failed look-up: going on would let anybody guess without an end while the table is throttled, which a
 * guesser can bring about, and a lockout would be a verdict that no one has earned. Clients try again.
 */
export async function withLockout(
  request: AuthenticateRequest,
  { counters, nowMs }: LockoutParts,
  decide: () => Promise<AuthenticateDecision>,
): Promise<AuthenticateDecision> {
  // A token that names no user has no one to be locked out from, and its signature is not to be guessed.
  if (request.username === '' && request.token !== undefined) return decide();
  const { delaySeconds, ...thresholds } = request.lockout ?? DEFAULT_LOCKOUT;
  const guesser = { counter: loginCounter(request.username), scope: loginScope(request.client.address) };
  const log = (error: unknown): void => {
    const { server, session } = request;
    logProblem({ server, session, problem: `Cannot count logins: ${problemOfError(error)}` });
  };
  let reservation: Reservation;
  try {
    reservation = await counters.reserve(guesser, thresholds, nowMs());
  } catch (error) {
    log(error);
    return { kind: 'defer', reply: REPLIES.authenticationDeferred };
  }
  if (reservation.kind === 'locked') {
    const delay = delayOf(thresholds.failures + 1, delaySeconds);
    return { kind: 'reject', reply: REPLIES.lockedOut, rule: RULE, ...delay };
  }
  const settle = new Settlement(counters, guesser, reservation.window, log);
  const decision = await settle.unlessThrown(decide());
  // A token may let in somebody else than the name it came with: that is no success of the name.
  if (decision.kind === 'permit' && loginCounter(decision.identity) === guesser.counter) await settle.forget();
  else if (!isFailure(decision)) await settle.giveBack();
  return isFailure(decision) ? { ...decision, ...delayOf(reservation.failures, delaySeconds) } : decision;
}

/** Makes good what a reservation assumed. What fails here leaves the guess counted and is logged: the decision stands. */
class Settlement {
  readonly #counters: LoginCounters;
  readonly #guesser: Guesser;
  readonly #window: string;
  readonly #log: (error: unknown) => void;

  constructor(counters: LoginCounters, guesser: Guesser, window: string, log: (error: unknown) => void) {
    this.#counters = counters;
    this.#guesser = guesser;
    this.#window = window;
    this.#log = log;
  }

  async unlessThrown(decided: Promise<AuthenticateDecision>): Promise<AuthenticateDecision> {
    try {
      return await decided;
    } catch (error) {
      await this.giveBack();
      throw error;
    }
  }

  async forget(): Promise<void> {
    await this.#counters.forget(this.#guesser, this.#window).catch(this.#log);
  }

  async giveBack(): Promise<void> {
    await this.#counters.giveBack(this.#guesser, this.#window).catch(this.#log);
  }
}

function isFailure(decision: AuthenticateDecision): boolean {
  return decision.kind === 'reject' && decision.reply.code === REPLIES.credentialsInvalid.code;
}

/** None for the first failure, which users mistype; from the second on doubled with each, up to a bound. */
function delayOf(failures: number, delaySeconds: number): { readonly delaySeconds?: number } {
  if (failures < 2 || delaySeconds === 0) return {};
  return { delaySeconds: Math.min(delaySeconds * 2 ** (failures - 2), MAX_LOGIN_DELAY_SECONDS) };
}
