/** Finds the user that a login names, and says what it may do; the same whatever it was logged in with. */
import type { AuthenticateDecision } from '../../policy/decision.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { parseUser, type User, userKey } from '../../policy/user.ts';
import { logProblem, problemOfError } from '../log.ts';
import type { UserStore } from './user-store.ts';

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
