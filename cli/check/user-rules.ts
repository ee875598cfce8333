/** Users who cannot do what a user is for. */

import type { UserAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { parseUser, type User } from '../../policy/user.ts';
import type { Finding, Level } from './finding.ts';
import type { CheckedServer } from './policy-items.ts';

export interface UserQuestions {
  /** Servers by name, all that were looked at. */
  readonly servers: ReadonlyMap<string, CheckedServer>;
  /** Whether these are all there are: only then can it be told that a user may log in nowhere. */
  readonly areAll: boolean;
}

export function userFindings(answer: UserAnswer, questions: UserQuestions): Finding[] {
  const findings: Finding[] = [];
  const item = `user#${answer.user}`;
  const say = (level: Level, problem: string): void => {
    findings.push({ level, server: '*', item, problem });
  };
  const { user: name, enabled, servers, senders, mayBounce, limits } = answer;
  const user = parseUser({ user: name, enabled, servers, senders, mayBounce, limits });
  const problem = answer.problem ?? (user.ok ? undefined : user.problem);
  if (problem !== undefined) say('error', `cannot log in: ${problem}`);
  else if (user.ok && user.value.enabled) checkUser(user.value, answer.hasPassword, questions, say);
  return findings;
}

/** Whether a user who may log in may send as much as can be. */
export function isUnlimited({ enabled, limits }: UserAnswer): boolean {
  return enabled !== false && typeof limits === 'object' && limits !== null && Object.keys(limits).length === 0;
}

type Say = (level: Level, problem: string) => void;

function checkUser(user: User, hasPassword: boolean, questions: UserQuestions, say: Say): void {
  const { senders, limits } = user;
  if (questions.areAll) checkServers(user, hasPassword, questions, say);
  if (senders.length === 0) say('warning', 'has no senders: every MAIL is refused');
  for (const [name, limit] of Object.entries(limits)) {
    if (limit === 0) say('warning', `${name} is 0: every message is refused`);
  }
}

function checkServers({ servers }: User, hasPassword: boolean, { servers: known }: UserQuestions, say: Say): void {
  const whys = [...servers].map((name) => [name, whyNot(known.get(name), hasPassword)] as const);
  for (const [name, why] of whys) {
    if (why !== undefined) say('warning', `cannot log in on ${name}: ${why}`);
  }
  if (whys.length === 0) say('warning', 'can log in nowhere: has no servers');
  else if (whys.every(([, why]) => why !== undefined)) say('warning', 'can log in nowhere');
}

/** Why no user of the table can log in there; `undefined` when nothing is known against it. */
function whyNot(server: CheckedServer | undefined, hasPassword: boolean): string | undefined {
  if (server === undefined) return 'there is no such server';
  const { policy } = server.snapshot;
  if (policy === undefined) return 'it has no settings in force';
  if (policy.settings.authentication === 'none') return 'its authentication is none';
  if (policy.settings.authenticator === 'next-hop') return 'its next hop decides logins, not the table of users';
  return hasPassword || policy.hasIssuers ? undefined : 'the user has no password, and it has no issuer of tokens';
}
