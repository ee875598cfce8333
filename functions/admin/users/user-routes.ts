/**
 * `/users`: who may log in, where, and send as whom.
 *
 * A user's name may hold a slash. The HTTP API decodes a path before it chooses a route, so `{user+}` takes the rest of
 * it, and of a name with a slash the action after it too.
 */
import * as z from 'zod';
import type { PolicyAttributes } from '../../../policy/item.ts';
import { userKey } from '../../../policy/user.ts';
import { inParallel } from '../../in-parallel.ts';
import { givenAttributes } from '../../tables/kept.ts';
import type { Changed } from '../change.ts';
import { unlockAnswer, userAnswer, usersAnswer } from '../contract/answers/user-answer.ts';
import { passwordSchema, patchUserSchema, putUserSchema } from '../contract/user-body.ts';
import { etagOf, PRECONDITION_HEADERS } from '../http/etag.ts';
import type { RouteAnswer } from '../http/http.ts';
import { keyToken, nextToken, pageQuery, readToken } from '../http/paging.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route, type RouteRequest } from '../http/route.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredUser } from '../stores/user-store.ts';
import { readUserBody, splitAction } from './read-body.ts';
import { checkAttributes, patched, userAttributesOf } from './user-attributes.ts';
import { changeUser, newVerifier, storedUser, type UserName } from './user-change.ts';
import { shownUser } from './user-item.ts';

/** A login name in any spelling, with the key of its user. */
const userName = z.string().transform((typed, context): UserName => {
  const key = userKey(typed);
  if (key.ok) return { key: key.value, typed };
  context.addIssue({ code: 'custom', message: key.problem });
  return z.NEVER;
});
const parameters = z.strictObject({ user: userName });
type UserRequest = RouteRequest<z.output<typeof parameters>, unknown, unknown>;

/** Octets of a user's key. */
const MAX_KEY_OCTETS = 2048;
/** Users whose counters are read at the same time. */
const AT_ONCE = 32;

function noSuchUser({ key }: UserName): Problem {
  return new Problem('not-found', `There is no user "${key}"; PUT /users/{user} makes one`);
}

function shown(stored: StoredUser, status = 200): RouteAnswer {
  return { status, value: shownUser(stored), headers: { etag: etagOf(stored.raw) } };
}

/** With what was sent in this hour and day. */
async function withUse(stored: StoredUser, stores: AdminStores): Promise<Record<string, unknown>> {
  const used = await stores.sendingUse.read(stored.user, stores.nowMs());
  return { ...shownUser(stored), used };
}

function answerOf(changed: Changed<StoredUser>): RouteAnswer {
  return changed.kind === 'deleted' ? NO_CONTENT : shown(changed.stored, changed.isNew ? 201 : 200);
}

const listUsers = defineRoute({
  method: 'GET',
  path: '/users',
  summary: 'Users, in no particular order',
  query: z.strictObject({ ...pageQuery, used: z.enum(['true', 'false']).default('false') }),
  answers: { 200: usersAnswer },
  problems: [],
  handle: async ({ query: { limit, next, used } }, stores) => {
    const { users, last } = await stores.users.list(limit, readToken(keyToken(MAX_KEY_OCTETS), next));
    const show = (stored: StoredUser) => (used === 'true' ? withUse(stored, stores) : shownUser(stored));
    const shownUsers = await inParallel(users, AT_ONCE, async (stored) => show(stored));
    return ok({ users: shownUsers, ...(last === undefined ? {} : { next: nextToken(last) }) });
  },
});

const getUser = defineRoute({
  method: 'GET',
  path: '/users/{user+}',
  summary: 'A user; the password is in no answer',
  parameters,
  answers: { 200: userAnswer },
  problems: [404],
  handle: async ({ parameters: { user } }, stores) => {
    const stored = await storedUser(user, stores);
    if (stored === undefined) throw noSuchUser(user);
    return { ...shown(stored), value: await withUse(stored, stores) };
  },
});

const putUser = defineRoute({
  method: 'PUT',
  path: '/users/{user+}',
  summary: 'Make a user, or replace what one may do; the password stays where none is given, and goes by null',
  parameters,
  headers: PRECONDITION_HEADERS,
  // Read by the handler, which shows less of what it was given.
  body: z.unknown(),
  describedBody: putUserSchema,
  answers: { 200: userAnswer, 201: userAnswer },
  problems: [404, 409, 412],
  handle: async (request, stores) => {
    const { user } = request.parameters;
    const named = splitAction(user, 'password');
    if (named !== undefined) return changePassword({ ...request, parameters: { user: named } }, stores);
    const { password, ...given } = readUserBody(putUserSchema, request.body);
    const verifier = typeof password === 'string' ? await newVerifier(password) : undefined;
    const next = async (before: StoredUser | undefined): Promise<PolicyAttributes> => {
      const kept = password === undefined ? before?.attributes.verifier : verifier;
      const attributes = { ...userAttributesOf(given), ...(kept === undefined ? {} : { verifier: kept }) };
      await checkAttributes(user.key, before, attributes, stores);
      return attributes;
    };
    return answerOf(await changeUser(changeBy(request), { isRepeatable: false, next }, stores));
  },
});

const patchUser = defineRoute({
  method: 'PATCH',
  path: '/users/{user+}',
  summary: 'Change what a user may do (merge patch, RFC 7396); null gives an attribute its default back',
  parameters,
  headers: PRECONDITION_HEADERS,
  body: z.unknown(),
  describedBody: patchUserSchema,
  answers: { 200: userAnswer },
  problems: [404, 409, 412],
  handle: async (request, stores) => {
    const { user } = request.parameters;
    const body = readUserBody(patchUserSchema, request.body);
    const next = async (before: StoredUser | undefined): Promise<PolicyAttributes> => {
      if (before === undefined) throw noSuchUser(user);
      const attributes = patched(givenAttributes(before.attributes), body);
      await checkAttributes(user.key, before, attributes, stores);
      return attributes;
    };
    return answerOf(await changeUser(changeBy(request), { isRepeatable: true, next }, stores));
  },
});

const deleteUser = defineRoute({
  method: 'DELETE',
  path: '/users/{user+}',
  summary: 'Delete a user: no new login from now on, but where a proxy remembers one, for up to 60 s',
  parameters,
  headers: PRECONDITION_HEADERS,
  answers: { 204: null },
  problems: [404, 409, 412],
  handle: async (request, stores) => {
    const next = (before: StoredUser | undefined): 'delete' => {
      if (before === undefined) throw noSuchUser(request.parameters.user);
      return 'delete';
    };
    return answerOf(await changeUser(changeBy(request), { isRepeatable: true, next }, stores));
  },
});

const putPassword = defineRoute({
  method: 'PUT',
  path: '/users/{user}/password',
  summary: 'Give a user another password; it is kept as a verifier, and is in no answer',
  parameters,
  headers: PRECONDITION_HEADERS,
  body: z.unknown(),
  describedBody: passwordSchema,
  answers: { 204: null },
  problems: [404, 409, 412],
  handle: (request, stores) => changePassword(request, stores),
});

async function changePassword(request: UserRequest, stores: AdminStores): Promise<RouteAnswer> {
  const { password } = readUserBody(passwordSchema, request.body);
  const verifier = await newVerifier(password);
  const next = (before: StoredUser | undefined): PolicyAttributes => {
    if (before === undefined) throw noSuchUser(request.parameters.user);
    return { ...givenAttributes(before.attributes), verifier };
  };
  const changed = await changeUser(changeBy(request), { isRepeatable: true, next }, stores);
  return changed.kind === 'deleted' ? NO_CONTENT : { ...NO_CONTENT, headers: { etag: etagOf(changed.stored.raw) } };
}

const unlockUser = defineRoute({
  method: 'POST',
  path: '/users/{user}/unlock',
  summary: 'Forget the failed logins of a user, from wherever they came',
  parameters,
  answers: { 200: unlockAnswer },
  problems: [404, 409],
  handle: (request, stores) => unlock(request, stores),
});

const unlockUserWithSlash = defineRoute({
  method: 'POST',
  path: '/users/{user+}',
  summary: 'The same for a name that holds a slash: NAME/unlock',
  parameters,
  answers: { 200: unlockAnswer },
  problems: [404, 409],
  handle: async (request, stores) => {
    const { user } = request.parameters;
    const named = splitAction(user, 'unlock');
    if (named === undefined) {
      throw new Problem('not-found', `There is no POST /users/${user.typed}; POST /users/{user}/unlock is`);
    }
    return unlock({ ...request, parameters: { user: named } }, stores);
  },
});

/** Signs the unlocking in the user's item first, by which it is told of. */
async function unlock({ parameters: { user }, who }: UserRequest, stores: AdminStores): Promise<RouteAnswer> {
  const nowMs = stores.nowMs();
  const nowSeconds = Math.floor(nowMs / 1000);
  const stored = await stores.users.read(user.key);
  if (stored === undefined) throw noSuchUser(user);
  if (await stores.loginFailures.any(user.key, nowSeconds)) {
    const marked = await stores.users.markUnlocked(stored, { who, at: new Date(nowMs).toISOString() });
    if (marked === 'changed') throw new Problem('conflict', `user ${user.key} was changed meanwhile: try again`);
  }
  const { networks, isAll } = await stores.loginFailures.forget(user.key, nowSeconds);
  return ok({ unlocked: networks, done: isAll });
}

function changeBy({ parameters: { user }, headers, who }: UserRequest) {
  return { user, headers, who };
}

export const USER_ROUTES: readonly Route[] = [
  listUsers,
  getUser,
  putUser,
  patchUser,
  deleteUser,
  putPassword,
  unlockUser,
  unlockUserWithSlash,
];
