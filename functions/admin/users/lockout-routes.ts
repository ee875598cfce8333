/** `/lockouts`: who has failed to log in, from where, until when; and the end of it for one network. */
import * as z from 'zod';
import { loginScope } from '../../../policy/counter.ts';
import { userKey } from '../../../policy/user.ts';
import { inParallel } from '../../in-parallel.ts';
import { nameSchema } from '../contract/answers/names.ts';
import { type LockoutAnswer, lockoutsAnswer } from '../contract/answers/user-answer.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route } from '../http/route.ts';
import { settingsInForce } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { FailurePlace, LoginFailure } from '../stores/user-store.ts';

/** Servers whose settings are looked at. */
const MOST_SERVERS = 1000;
const AT_ONCE = 16;
/** Pages of the table that one request reads where few counters are of failed logins. */
const MAX_PAGES = 20;
/** Networks of one user that are looked at for one of them. */
const MOST_NETWORKS = 1000;

const positionSchema = z.strictObject({ counter: z.string().max(3000), scope: z.string().max(1100) });

const listLockouts = defineRoute({
  method: 'GET',
  path: '/lockouts',
  summary:
    'Client networks that may not log in as a user, in no particular order; with all, every failed login that counts',
  query: z.strictObject({
    ...pageQuery,
    user: nameSchema.optional(),
    all: z.enum(['true', 'false']).default('false'),
  }),
  answers: { 200: lockoutsAnswer },
  problems: [],
  handle: async ({ query: { user, all, limit, next } }, stores) => {
    const nowSeconds = Math.floor(stores.nowMs() / 1000);
    const thresholds = await thresholdsOf(stores);
    const lockouts: LockoutAnswer[] = [];
    let after = readToken(positionSchema, next);
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const left = limit - lockouts.length;
      const found = await stores.loginFailures.list(user, { nowSeconds, limit: left, after });
      const shown = found.failures.map((failure) => shownLockout(failure, thresholds));
      lockouts.push(...shown.filter(({ lockedOn }) => all === 'true' || lockedOn.length > 0));
      after = found.last;
      if (after === undefined || lockouts.length >= limit) break;
    }
    return ok({ lockouts, ...(after === undefined ? {} : { next: nextToken(after) }) });
  },
});

/** Failed logins that lock a network out, by server. */
async function thresholdsOf(stores: AdminStores): Promise<ReadonlyMap<string, number>> {
  const { servers } = await stores.policy.servers(MOST_SERVERS);
  const thresholds = await inParallel(servers, AT_ONCE, async (server) => {
    const inForce = await settingsInForce(server, stores);
    return [server, inForce?.snapshot.policy?.settings.lockoutFailures ?? Number.POSITIVE_INFINITY] as const;
  });
  return new Map(thresholds);
}

function shownLockout(
  { user, network, failures, expiresAt }: LoginFailure,
  thresholds: ReadonlyMap<string, number>,
): LockoutAnswer {
  const lockedOn = [...thresholds].filter(([, most]) => failures >= most).map(([server]) => server);
  return { user, network, failures, until: new Date(expiresAt * 1000).toISOString(), lockedOn };
}

/** The last parts of the path are a network or an address; what stands before them is a name, which may hold slashes. */
const LOCKOUT = /^(.+)\/([0-9A-Fa-f]*[.:][0-9A-Fa-f:.]*|unknown)(?:\/(\d{1,3}))?$/s;

const lockoutName = z.string().transform((text, context) => {
  const [, typed = '', address = '', prefix] = LOCKOUT.exec(text) ?? [];
  const network = loginScope(address);
  const key = userKey(typed);
  if (key.ok && address !== '' && (prefix === undefined || network.endsWith(`/${prefix}`))) {
    return { user: key.value, network };
  }
  context.addIssue({
    code: 'custom',
    message: 'is not USER/NETWORK, such as alice/203.0.113.7/32 or alice/2001:db8::/64',
  });
  return z.NEVER;
});

const deleteLockout = defineRoute({
  method: 'DELETE',
  path: '/lockouts/{lockout+}',
  summary: 'Forget the failed logins of one network for a user: USER/NETWORK',
  parameters: z.strictObject({ lockout: lockoutName }),
  answers: { 204: null },
  problems: [404, 409],
  handle: async ({ parameters: { lockout }, who }, stores) => {
    const nowMs = stores.nowMs();
    const nowSeconds = Math.floor(nowMs / 1000);
    const { failures } = await stores.loginFailures.list(lockout.user, { nowSeconds, limit: MOST_NETWORKS });
    if (!failures.some(({ network }) => network === lockout.network)) throw notCounted(lockout);
    const stored = await stores.users.read(lockout.user);
    // Signed first, by which it is told of; names that are no one's are counted, too, and no one is told of them.
    if (stored !== undefined) {
      const marked = await stores.users.markUnlocked(stored, { who, at: new Date(nowMs).toISOString() });
      if (marked === 'changed') throw new Problem('conflict', `user ${lockout.user} was changed meanwhile: try again`);
    }
    await stores.loginFailures.forgetNetwork(lockout);
    return NO_CONTENT;
  },
});

function notCounted({ user, network }: FailurePlace): Problem {
  return new Problem('not-found', `No failed login of ${user} from ${network} is counted`);
}

export const LOCKOUT_ROUTES: readonly Route[] = [listLockouts, deleteLockout];
