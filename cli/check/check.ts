/** Looks at everything in the tables, by the API. */

import { policyAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import { serversAnswer } from '../../functions/admin/contract/answers/server-answer.ts';
import { usersAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { ApiError } from '../api/api-error.ts';
import { path } from '../api/path.ts';
import { collect } from '../collect.ts';
import type { Context } from '../context.ts';
import type { Ask } from '../dns/records.ts';
import { counted } from '../output/counted.ts';
import { certificateEnd, certificateFindings } from './certificate-rules.ts';
import { dnsFindings } from './dns-rules.ts';
import type { EgressRules } from './egress.ts';
import type { Finding } from './finding.ts';
import { nextHopFindings } from './next-hop-rules.ts';
import { brokenItems, type CheckedServer, checkedServer } from './policy-items.ts';
import { settingsFindings } from './settings-rules.ts';
import { isUnlimited, userFindings } from './user-rules.ts';

export interface CheckScope {
  /** One server and its users; all when absent. */
  readonly server: string | undefined;
  /** `undefined`: what the tasks may connect to is not known. */
  readonly egress: EgressRules | undefined;
  /** DNS as it is; `undefined` where it is not compared. */
  readonly askDns?: Ask | undefined;
}

export async function* check({ server: only, egress, askDns }: CheckScope, context: Context): AsyncGenerator<Finding> {
  const names = only === undefined ? await serverNames(context) : [only];
  const servers = new Map<string, CheckedServer>();
  for (const name of names) {
    context.output.status(`checking ${name}`);
    const answer = await policyOf(name, only !== undefined, context);
    if (answer === undefined) {
      yield { level: 'error', server: name, item: 'settings', problem: 'are missing: the other items have no effect' };
      continue;
    }
    const server = checkedServer(name, answer);
    servers.set(name, server);
    yield* brokenItems(server, answer);
    yield* settingsFindings(server);
    const rules = egress?.get(name);
    if (egress !== undefined && rules === undefined) {
      const problem = 'cdk.json has no such server: where it may connect to is not known';
      yield { level: 'note', server: name, item: 'settings', problem };
    }
    yield* await nextHopFindings(server, { addressesOf: context.addressesOf, egress: rules });
    yield* await certificateFindings(server, certificateEnd, context.nowMs());
    if (askDns !== undefined) yield* await dnsFindings(server, askDns);
  }
  context.output.status('checking users');
  const users = context.api.pages({
    path: '/users',
    doing: 'check users',
    answer: usersAnswer,
    entries: (page) => page.users,
  });
  let unlimited = 0;
  for await (const user of users) {
    const isMeant = only === undefined || (Array.isArray(user.servers) && user.servers.includes(only));
    if (!isMeant) continue;
    yield* userFindings(user, { servers, areAll: only === undefined });
    if (isUnlimited(user)) unlimited += 1;
  }
  if (unlimited > 0) {
    const problem = `${counted(unlimited, 'user')} without sending limits`;
    yield { level: 'note', server: '*', item: 'users', problem };
  }
}

async function serverNames({ api }: Context): Promise<readonly string[]> {
  const pages = api.pages({
    path: '/servers',
    doing: 'check the servers',
    answer: serversAnswer,
    entries: (page) => page.servers,
  });
  return (await collect(pages)).map(({ server }) => server);
}

/** `undefined` for a name in the table that has no settings; a name that was typed must have some. */
async function policyOf(server: string, isTyped: boolean, { api }: Context) {
  try {
    const call = { path: path`/servers/${server}/policy`, doing: `check ${server}`, answer: policyAnswer };
    return (await api.call(call)).value;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && !isTyped) return undefined;
    throw error;
  }
}
