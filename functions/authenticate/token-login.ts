/** Logins by a bearer token: XOAUTH2 and OAUTHBEARER (RFC 7628). */
import { MAX_LOGIN_CACHE_SECONDS } from '../../policy/bounds.ts';
import type { AuthenticateDecision } from '../../policy/decision.ts';
import { ISSUER_PREFIX, type IssuerItem } from '../../policy/issuer-item.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { assertNever } from '../../policy/result.ts';
import { findUser, permitted, type UserStore } from '../directory/find-user.ts';
import { type LogFields, logLine, logProblem, problemOfError } from '../log.ts';
import type { IssuerStore } from './issuer-store.ts';
import type { Issuers, IssuersInForce } from './issuers-in-force.ts';
import { type KeySource, type TokenFault, type TokenVerdict, verifyToken } from './token.ts';
import { type TokenMechanism, tokenChallenge } from './token-challenge.ts';

const DEFERRED: AuthenticateDecision = { kind: 'defer', reply: REPLIES.authenticationDeferred };

/** Why a good token logs no one in. */
type UserFault = 'user is not known' | 'user is disabled' | 'user may not log in on this server';

export interface TokenParts {
  readonly issuers: IssuerStore;
  readonly inForce: IssuersInForce;
  readonly keys: KeySource;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** One login, for those who decide and log parts of it. */
interface TokenLogin {
  readonly request: AuthenticateRequest;
  readonly mechanism: TokenMechanism;
  /** One that the server trusts, for a client whose token names none of them. */
  readonly anyIssuer: IssuerItem;
}

/**
 * Decides one login by a token.
 *
 * A refusal logs whose the token is and what is wrong with it, and nothing that it says. Defers when that cannot be told:
 * the store does not answer, the issuer's keys are not to be had, or an item does not parse and never did.
 */
export async function judgeToken(
  request: AuthenticateRequest,
  mechanism: TokenMechanism,
  users: UserStore,
  parts: TokenParts,
): Promise<AuthenticateDecision> {
  const issuers = await readIssuers(request, parts);
  if (issuers === undefined) return DEFERRED;
  const [anyIssuer] = issuers.known;
  if (anyIssuer === undefined) {
    return issuers.isAnyLost ? DEFERRED : { kind: 'reject', reply: REPLIES.mechanismUnknown };
  }
  const login: TokenLogin = { request, mechanism, anyIssuer };
  const { username, token = '' } = request;
  const verdict = await verifyToken({
    token,
    username,
    issuers: issuers.known,
    keys: parts.keys,
    nowMs: parts.nowMs(),
    onStale: (issuer, problem) => logProblem({ ...originOf(login, issuer), problem: `Old keys serve: ${problem}` }),
  });
  switch (verdict.kind) {
    case 'good':
      return judgeUser(login, verdict, users);
    case 'bad':
      // It may be a token of the issuer whose item is broken.
      if (verdict.fault === 'issuer is not known' && issuers.isAnyLost) return DEFERRED;
      return refused(login, verdict.fault, verdict.issuer);
    case 'unknown':
      logProblem({ ...originOf(login, verdict.issuer), problem: `Cannot read keys: ${verdict.problem}` });
      return DEFERRED;
    default:
      return assertNever(verdict);
  }
}

/** `undefined` when they could not be read. */
async function readIssuers(
  { server, session }: AuthenticateRequest,
  { issuers, inForce }: TokenParts,
): Promise<Issuers | undefined> {
  try {
    const found = inForce.update(server, await issuers.read(server));
    for (const { item, problem } of found.problems) logProblem({ server, session, item, problem });
    return found;
  } catch (error) {
    logProblem({ server, session, problem: `Cannot read policy: ${problemOfError(error)}` });
    return undefined;
  }
}

async function judgeUser(
  login: TokenLogin,
  { user, issuer, cacheSeconds }: Extract<TokenVerdict, { kind: 'good' }>,
  users: UserStore,
): Promise<AuthenticateDecision> {
  const { request } = login;
  const found = await findUser(user, request, users);
  if (found.kind === 'unknown' || found.kind === 'broken') return DEFERRED;
  if (found.kind === 'nobody') return refused(login, 'user is not known', issuer);
  if (!found.user.enabled) return refused(login, 'user is disabled', issuer);
  if (!found.user.servers.has(request.server)) return refused(login, 'user may not log in on this server', issuer);
  return permitted(found.user, Math.min(cacheSeconds, MAX_LOGIN_CACHE_SECONDS));
}

function refused(login: TokenLogin, reason: TokenFault | UserFault, issuer?: IssuerItem): AuthenticateDecision {
  const { mechanism, anyIssuer } = login;
  logLine({ ...originOf(login, issuer), mechanism, reason });
  const challenge = tokenChallenge(mechanism, issuer ?? anyIssuer);
  return { kind: 'reject', reply: REPLIES.credentialsInvalid, challenge };
}

function originOf({ request: { server, session } }: TokenLogin, issuer: IssuerItem | undefined): LogFields {
  return { server, session, item: issuer === undefined ? undefined : `${ISSUER_PREFIX}${issuer.name}` };
}
