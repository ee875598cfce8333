/**
 * The authentication rule: a name and a password, or a token, against the directory.
 *
 * Every password costs one run of a verifier before anything is said, whether the user is known, enabled, allowed on
 * this server, without a password, or broken in the table: the time of an answer must not tell who exists. (A user whose
 * verifier has other parameters than those written today can still be told apart by its time; writing it anew mends
 * that.)
 */
import type { AuthenticateDecision } from '../../policy/decision.ts';
import { fitsVerifier, NOBODYS_VERIFIER, preparePassword } from '../../policy/password.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { findUser, passwordDecision, type UserStore } from '../directory/find-user.ts';
import { isTokenMechanism } from './token-challenge.ts';
import { judgeToken, type TokenParts } from './token-login.ts';

/** Both give a name and a password (RFC 4616; draft-murchison-sasl-login). */
const PASSWORD_MECHANISMS: readonly string[] = ['PLAIN', 'LOGIN'];

/**
 * Decides one login.
 *
 * Rejects what is wrong, without saying what; a user whose item does not parse is logged, and defers a token alone, which
 * has proved whose it is. Defers when a store does not answer. A mechanism that gives neither password nor token, or a token where no one judges them (`tokens` is absent), is
 * rejected at once: that tells nothing of any user.
 */
export async function authenticate(
  request: AuthenticateRequest,
  users: UserStore,
  tokens?: TokenParts,
): Promise<AuthenticateDecision> {
  const { mechanism } = request;
  if (PASSWORD_MECHANISMS.includes(mechanism)) return judgePassword(request, users);
  if (tokens !== undefined && isTokenMechanism(mechanism)) return judgeToken(request, mechanism, users, tokens);
  return { kind: 'reject', reply: REPLIES.mechanismUnknown };
}

async function judgePassword(request: AuthenticateRequest, users: UserStore): Promise<AuthenticateDecision> {
  const found = await findUser(request.username, request, users);
  const password = preparePassword(request.password ?? '');
  const own = found.kind === 'user' ? found.user.verifier : undefined;
  const fits = await fitsVerifier(password.ok ? password.value : '', own ?? NOBODYS_VERIFIER);
  return passwordDecision(found, request.server, password.ok && fits);
}
