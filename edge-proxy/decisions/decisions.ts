/**
 * Asks the Lambda functions for decisions: cached, identical questions under way joined, each call bounded, and every
 * failure a defer. Mail is never let through, and never refused for good, because a question had no answer.
 */

import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { MAX_LOGIN_CACHE_SECONDS } from '../../policy/bounds.ts';
import { clientNetwork } from '../../policy/client-network.ts';
import { problemOfIssues } from '../../policy/console-value.ts';
import {
  type AuthenticateDecision,
  authenticateDecisionSchema,
  type CheckLimitsDecision,
  type CheckRelayDecision,
  checkLimitsDecisionSchema,
  checkRelayDecisionSchema,
  checkRelayDecisionsSchema,
} from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest, CheckLimitsRequest, CheckRelayRequest } from '../../policy/request.ts';
import { userKey } from '../../policy/user.ts';
import { ExpiringCache } from '../expiring-cache.ts';
import type { FunctionClient } from '../function-client.ts';
import { errorText, type Log } from '../log.ts';
import { LoginGate } from './login-gate.ts';
import { type RelayKeys, relayKeys } from './relay-keys.ts';
import { type RelayAsker, RelayQuestion } from './relay-question.ts';

export interface Decisions {
  authenticate(request: AuthenticateRequest): Promise<AuthenticateDecision>;
  /** One for each recipient of a group, in their order. At once when all are remembered. Neither form rejects. */
  checkRelay(
    question: RelayAsker,
    recipients: readonly string[],
  ): readonly CheckRelayDecision[] | Promise<readonly CheckRelayDecision[]>;
  /** Counts a message against its identity's limits; never remembered, never joined, never rejects. */
  checkLimits(request: CheckLimitsRequest): Promise<CheckLimitsDecision>;
}

/** Milliseconds; longer than the functions' own bounds, so that their reason is heard. */
const AUTHENTICATE_TIMEOUT_MS = 5000;
const CHECK_RELAY_TIMEOUT_MS = 3000;
const CHECK_LIMITS_TIMEOUT_MS = 3000;
/** Logins that one client may have asked at once: 40 a second and more, of an office behind one address too. */
const MAX_LOGINS_PER_CLIENT = 4;
/** Decisions; about 5 MB of relay decisions at most. */
const CACHE_CAPACITY = 10_000;

export interface LambdaDecisionsOptions {
  readonly client: FunctionClient;
  readonly authenticateFunction: string;
  readonly checkRelayFunction: string;
  /** Absent where no one counts: the mail of identities with limits is deferred. */
  readonly checkLimitsFunction: string | undefined;
  readonly log: Log;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
}

export class LambdaDecisions implements Decisions {
  readonly #options: LambdaDecisionsOptions;
  readonly #logins = new ExpiringCache<AuthenticateDecision>(CACHE_CAPACITY);
  readonly #gate = new LoginGate(MAX_LOGINS_PER_CLIENT);
  /**
   * Failed logins of a name from a network, as long as a login before them could be remembered. The number is part of
   * what a login is remembered by: after a failure the next good one is asked anew, so that it ends the function's count
   * of failures, and is held up by a lockout, as one that no one remembers.
   */
  readonly #failures = new ExpiringCache<number>(CACHE_CAPACITY);
  readonly #loginsUnderWay = new Map<string, Promise<AuthenticateDecision>>();
  readonly #recipients = new ExpiringCache<CheckRelayDecision>(CACHE_CAPACITY);
  /** Those that hold for a whole domain. */
  readonly #domains = new ExpiringCache<CheckRelayDecision>(CACHE_CAPACITY);
  readonly #relaysUnderWay = new Map<string, Promise<CheckRelayDecision>>();
  /** Passwords are remembered only as digests under a key that dies with the process. */
  readonly #digestKey = createSecretKey(randomBytes(32));

  constructor(options: LambdaDecisionsOptions) {
    this.#options = options;
  }

  async authenticate(request: AuthenticateRequest): Promise<AuthenticateDecision> {
    const { mechanism, username, password = '', token = '', client } = request;
    // Each network for itself: one that is locked out is not let in by what the owner said elsewhere.
    const guesser = guesserKey(username, client.address);
    const failures = this.#failures.get(guesser, this.#options.now()) ?? 0;
    const key = this.#digest([mechanism, username, password, token, guesser, String(failures)]);
    const known = this.#logins.get(key, this.#options.now()) ?? this.#loginsUnderWay.get(key);
    if (known !== undefined) return known;
    const login = this.#gate.pass(request.client.address, () => this.#askAuthenticate(request));
    const asked = login.then((decision) => {
      const nowMs = this.#options.now();
      // A rejected login is never remembered: the password may be corrected the next moment.
      if (decision.kind === 'permit') this.#logins.set(key, decision, decision.cacheSeconds, nowMs);
      if (decision.kind === 'reject') this.#failures.set(guesser, failures + 1, MAX_LOGIN_CACHE_SECONDS, nowMs);
      return decision;
    });
    return joined(this.#loginsUnderWay, [key], asked);
  }

  checkRelay(
    question: RelayAsker,
    recipients: readonly string[],
  ): readonly CheckRelayDecision[] | Promise<readonly CheckRelayDecision[]> {
    const nowMs = this.#options.now();
    let group: RelayQuestion | undefined;
    const decisions = recipients.map((recipient) => {
      const keys = relayKeys(question, recipient);
      const { recipientKey, domainKey } = keys;
      const ofRecipient = this.#recipients.size === 0 ? undefined : this.#recipients.get(recipientKey, nowMs);
      const remembered = ofRecipient ?? (domainKey === undefined ? undefined : this.#domains.get(domainKey, nowMs));
      if (remembered !== undefined) return remembered;
      group ??= new RelayQuestion((asked) => this.#askCheckRelay(question, asked));
      return this.#joinRelay(group, recipient, keys);
    });
    void group?.send();
    return areKnown(decisions) ? decisions : Promise.all(decisions);
  }

  async checkLimits(request: CheckLimitsRequest): Promise<CheckLimitsDecision> {
    const { checkLimitsFunction: name, log } = this.#options;
    const deferred: CheckLimitsDecision = { kind: 'defer', reply: REPLIES.decisionDeferred };
    if (name === undefined) {
      const cause = 'POSTERN_CHECK_LIMITS_FUNCTION is not set, and the user has limits';
      log({ event: 'decision-deferred', function: 'check-limits', session: request.session, cause });
      return deferred;
    }
    return (await this.#ask(name, request, CHECK_LIMITS_TIMEOUT_MS, checkLimitsDecisionSchema)) ?? deferred;
  }

  /** Joins the same question under way, or one about the same domain if its answer holds for the whole of it. */
  async #joinRelay(
    group: RelayQuestion,
    recipient: string,
    { recipientKey, domainKey }: RelayKeys,
  ): Promise<CheckRelayDecision> {
    const same = this.#relaysUnderWay.get(recipientKey);
    if (same !== undefined) return same;
    const underWay = domainKey === undefined ? undefined : this.#relaysUnderWay.get(domainKey);
    if (underWay !== undefined) {
      const decision = await underWay;
      if (decision.kind === 'defer' || decision.scope === 'domain') return decision;
      // Another that waited for it may have gone first with our very question.
      const asked = this.#relaysUnderWay.get(recipientKey);
      if (asked !== undefined) return asked;
    }
    const asked = group.ask(recipient).then((decision) => {
      if (decision.kind === 'defer') return decision;
      // An answer for the domain counts only where our own question could stand for the domain.
      const isOfDomain = decision.scope === 'domain' && domainKey !== undefined;
      const cache = isOfDomain ? this.#domains : this.#recipients;
      cache.set(isOfDomain ? domainKey : recipientKey, decision, decision.cacheSeconds, this.#options.now());
      return decision;
    });
    const isFirst = domainKey !== undefined && !this.#relaysUnderWay.has(domainKey);
    return joined(this.#relaysUnderWay, isFirst ? [recipientKey, domainKey] : [recipientKey], asked);
  }

  async #askAuthenticate(request: AuthenticateRequest): Promise<AuthenticateDecision> {
    const { authenticateFunction: name } = this.#options;
    const decision = await this.#ask(name, request, AUTHENTICATE_TIMEOUT_MS, authenticateDecisionSchema);
    return decision ?? { kind: 'defer', reply: REPLIES.authenticationDeferred };
  }

  /** One question for all of them; where it has no answer, each is deferred. */
  async #askCheckRelay(asker: RelayAsker, recipients: readonly string[]): Promise<readonly CheckRelayDecision[]> {
    const { checkRelayFunction: name } = this.#options;
    const [recipient = '', ...others] = recipients;
    const question = { ...asker, recipient };
    const deferred: CheckRelayDecision = { kind: 'defer', reply: REPLIES.decisionDeferred };
    if (others.length === 0) {
      return [(await this.#ask(name, question, CHECK_RELAY_TIMEOUT_MS, checkRelayDecisionSchema)) ?? deferred];
    }
    const schema = checkRelayDecisionsSchema.refine(
      ({ decisions }) => decisions.length === recipients.length,
      'one decision for each recipient',
    );
    const answer = await this.#ask(name, { ...question, others }, CHECK_RELAY_TIMEOUT_MS, schema);
    return answer?.decisions ?? recipients.map(() => deferred);
  }

  async #ask<T>(
    name: string,
    request: AuthenticateRequest | CheckRelayRequest | CheckLimitsRequest,
    timeoutMs: number,
    schema: z.ZodType<T>,
  ): Promise<T | undefined> {
    const { client, log } = this.#options;
    const deferred = (cause: string): void =>
      log({ event: 'decision-deferred', function: name, session: request.session, cause });
    try {
      const result = schema.safeParse(await client.invoke(name, JSON.stringify(request), timeoutMs));
      if (result.success) return result.data;
      deferred(`the answer is no decision: ${problemOfIssues(result.error)}`);
    } catch (error) {
      deferred(errorText(error));
    }
    return undefined;
  }

  #digest(parts: readonly string[]): string {
    return createHmac('sha256', this.#digestKey).update(JSON.stringify(parts)).digest('base64');
  }
}

/** What the function counts failures by: the name in all its spellings, and the client's network. */
function guesserKey(username: string, address: string): string {
  const user = userKey(username);
  return JSON.stringify([user.ok ? user.value : username, clientNetwork(address)]);
}

function areKnown(
  decisions: readonly (CheckRelayDecision | Promise<CheckRelayDecision>)[],
): decisions is readonly CheckRelayDecision[] {
  return !decisions.some((decision) => decision instanceof Promise);
}

/** Keeps `asked` where others find it until it is settled. */
function joined<T>(underWay: Map<string, Promise<T>>, keys: readonly string[], asked: Promise<T>): Promise<T> {
  const kept = asked.finally(() => {
    for (const key of keys) underWay.delete(key);
  });
  for (const key of keys) underWay.set(key, kept);
  return kept;
}
