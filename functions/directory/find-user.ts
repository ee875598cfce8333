/** Finds the user that a login names, and says what it may do; the same whatever it was logged in with. */
import { MAX_LOGIN_CACHE_SECONDS } from '../../policy/bounds.ts';
import type { AuthenticateDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { parseUser, type User, userKey } from '../../policy/user.ts';
import { logProblem, problemOfError } from '../log.ts';

/** Where users are found. */
export interface UserStore {
  /**
   * The attributes of the user with this key (`userKey`), not parsed; `undefined` when there is none.
   * Rejects when the store does not answer.
   */
  find(user: string): Promise<unknown>;
}

export type Found =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'nobody' }
  /** Its item does not parse; why is logged. */
  | { readonly kind: 'broken' }
  /** It cannot be told whether there is such a user; why is logged. */
  | { readonly kind: 'unknown' };

export async function findUser(
  username: string,
  { server, session }: Pick<AuthenticateRequest, 'server' | 'session'>,
  users: UserStore,
): Promise<Found> {
  const key = userKey(username);
  if (!key.ok) return { kind: 'nobody' };
  let item: unknown;
  try {
    item = await users.find(key.value);
  } catch (error) {
    logProblem({ server, session, problem: `Cannot read users: ${problemOfError(error)}` });
    return { kind: 'unknown' };
  }
  if (item === undefined) return { kind: 'nobody' };
  const user = parseUser(item);
  if (user.ok) return { kind: 'user', user: user.value };
  logProblem({ server, session, item: `user ${key.value}`, problem: user.problem });
  return { kind: 'broken' };
}

/** The login of a user who may log in here. */
export function permitted(user: User, cacheSeconds: number): AuthenticateDecision {
  return {
    kind: 'permit',
    identity: user.user,
    senders: [...user.senders],
    ...(user.mayBounce ? {} : { mayBounce: false }),
    limits: { ...user.limits },
    cacheSeconds,
  };
}

const REJECTED: AuthenticateDecision = { kind: 'reject', reply: REPLIES.credentialsInvalid };
const DEFERRED: AuthenticateDecision = { kind: 'defer', reply: REPLIES.authenticationDeferred };

/** What a login by a password is told. */
export function passwordDecision(found: Found, server: string, isRight: boolean): AuthenticateDecision {
  if (found.kind === 'unknown') return DEFERRED;
  // A broken item too: an answer of its own would tell that there is such a user.
  if (found.kind !== 'user' || found.user.verifier === undefined || !isRight) return REJECTED;
  const { enabled, servers } = found.user;
  return enabled && servers.has(server) ? permitted(found.user, MAX_LOGIN_CACHE_SECONDS) : REJECTED;
}

/**
 * What a login by a right password would be told, for whoever tries a session out: who may ask that is not thereby one who
 * may try passwords, which no lockout would count.
 */
export async function assumePassword(request: AuthenticateRequest, users: UserStore): Promise<AuthenticateDecision> {
  return passwordDecision(await findUser(request.username, request, users), request.server, true);
}
