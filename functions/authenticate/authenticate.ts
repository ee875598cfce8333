/**
 * The authentication rule: a name and a password against the directory.
 *
 * Every question costs one run of a verifier before anything is said, whether the user is known, enabled, allowed on
 * this server, or broken in the table: the time of an answer must not tell who exists. (A user whose verifier has other
 * parameters than those written today can still be told apart by its time; writing it anew mends that.)
 */
import { type AuthenticateDecision, MAX_LOGIN_CACHE_SECONDS } from '../../policy/decision.ts';
import { fitsVerifier, NOBODYS_VERIFIER, preparePassword } from '../../policy/password.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { parseUser, type User, userKey } from '../../policy/user.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { UserStore } from './user-store.ts';

/** Both give a name and a password (RFC 4616; draft-murchison-sasl-login). */
const PASSWORD_MECHANISMS: readonly string[] = ['PLAIN', 'LOGIN'];

const REJECTED: AuthenticateDecision = { kind: 'reject', reply: REPLIES.credentialsInvalid };
const DEFERRED: AuthenticateDecision = { kind: 'defer', reply: REPLIES.authenticationDeferred };

type Found =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'unknown' };

/**
 * Decides one login.
 *
 * Rejects what is wrong, without saying what; defers when the store does not answer or the user's item does not parse,
 * and logs which. A mechanism that gives no password is rejected at once: that tells nothing of any user.
 */
export async function authenticate(request: AuthenticateRequest, users: UserStore): Promise<AuthenticateDecision> {
  if (!PASSWORD_MECHANISMS.includes(request.mechanism)) return { kind: 'reject', reply: REPLIES.mechanismUnknown };
  const found = await findUser(request, users);
  const password = preparePassword(request.password ?? '');
  const verifier = found.kind === 'user' ? found.user.verifier : NOBODYS_VERIFIER;
  const fits = await fitsVerifier(password.ok ? password.value : '', verifier);

  if (found.kind === 'unknown') return DEFERRED;
  if (found.kind === 'nobody' || !password.ok || !fits) return REJECTED;
  const { user, enabled, servers, senders, limits } = found.user;
  if (!enabled || !servers.has(request.server)) return REJECTED;
  return {
    kind: 'permit',
    identity: user,
    senders: [...senders],
    limits: { ...limits },
    cacheSeconds: MAX_LOGIN_CACHE_SECONDS,
  };
}

/** `unknown` when it cannot be told whether there is such a user, or what it may do. */
async function findUser({ username, server, session }: AuthenticateRequest, users: UserStore): Promise<Found> {
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
  return { kind: 'unknown' };
}
