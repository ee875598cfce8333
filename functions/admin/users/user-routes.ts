/**
 * `/users`: who may log in, where, and send as whom.
 *
 * A user's name may hold a slash. The HTTP API decodes a path before it chooses a route, so `{user+}` takes the rest of
 * it, and of a name with a slash the action behind it too.
 */
import * as z from 'zod';
import { userKey } from '../../../policy/user.ts';
import { unlockAnswer, userAnswer, usersAnswer } from '../contract/user-answer.ts';
import { passwordSchema, patchUserSchema, putUserSchema } from '../contract/user-body.ts';
import { PRECONDITION_HEADERS } from '../http/etag.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalidField, problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route, type RouteAnswer, type RouteRequest } from '../http/route.ts';
import { givenOf } from '../item-change.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredUser } from '../stores/user-store.ts';
import { type ChangedUser, changeUser, type NextUser, newVerifier, recordUserChange } from '../user-change.ts';
import { readBody, splitAction } from './read-body.ts';
import { attributesOf, checked, patched } from './user-attributes.ts';
import { etagOfUser, shownUser } from './user-item.ts';

/** A login name in any spelling, read as the key of its user. */
const userName = z.string().transform((text, context): string => {
  const key = userKey(text);
  if (key.ok) return key.value;
  context.addIssue({ code: 'custom', message: key.problem });
  return z.NEVER;
});
const parameters = z.strictObject({ user: userName });
type UserRequest = RouteRequest<z.output<typeof parameters>, unknown, unknown>;

function noSuchUser(user: string): RouteAnswer {
  return problem('not-found', `There is no user "${user}"; PUT /users/{user} makes one`);
}

function shown(stored: StoredUser, status = 200): RouteAnswer {
  const etag = etagOfUser(stored);
  return { status, value: shownUser(stored), ...(etag === undefined ? {} : { headers: { etag } }) };
}

function answerOf(changed: ChangedUser): RouteAnswer {
  switch (changed.kind) {
    case 'refused':
      return changed.answer;
    case 'deleted':
      return NO_CONTENT;
    default:
      return shown(changed.stored, changed.isNew ? 201 : 200);
  }
}

const listUsers = defineRoute({
  method: 'GET',
  path: '/users',
  summary: 'Users, in no order that means anything',
  query: z.strictObject(pageQuery),
  answers: { 200: usersAnswer },
  problems: [],
  handle: async ({ query: { limit, next } }, stores) => {
    const after = next === undefined ? undefined : readToken(z.string().min(1).max(2048), next);
    if (after?.ok === false) return invalidField('next', next, after.problem);
    const { users, last } = await stores.users.list(limit, after?.value);
    return ok({ users: users.map(shownUser), ...(last === undefined ? {} : { next: nextToken(last) }) });
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
    const stored = await stores.users.read(user);
    return stored === undefined ? noSuchUser(user) : shown(stored);
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
    const named = splitAction(request.parameters.user, 'password');
    if (named.ok) return changePassword({ ...request, parameters: { user: named.value } }, stores);
    const body = readBody(putUserSchema, request.body);
    if (!body.ok) return body.answer;
    const { password, ...given } = body.value;
    const verifier = typeof password === 'string' ? await newVerifier(password) : undefined;
    const next = async (before: StoredUser | undefined): Promise<NextUser> => {
      const kept = password === undefined ? before?.attributes.verifier : verifier;
      const attributes = { ...attributesOf(given), ...(kept === undefined ? {} : { verifier: kept }) };
      return checked(request.parameters.user, before, attributes, stores);
    };
    return answerOf(await changeUser({ ...changeBy(request), isRepeatable: false, next }, stores));
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
    const body = readBody(patchUserSchema, request.body);
    if (!body.ok) return body.answer;
    const next = async (before: StoredUser | undefined): Promise<NextUser> => {
      if (before === undefined) return { kind: 'refuse', answer: noSuchUser(user) };
      return checked(user, before, patched(givenOf(before), body.value), stores);
    };
    return answerOf(await changeUser({ ...changeBy(request), isRepeatable: true, next }, stores));
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
    const next = async (before: StoredUser | undefined): Promise<NextUser> =>
      before === undefined ? { kind: 'refuse', answer: noSuchUser(request.parameters.user) } : { kind: 'delete' };
    return answerOf(await changeUser({ ...changeBy(request), isRepeatable: true, next }, stores));
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
  const body = readBody(passwordSchema, request.body);
  if (!body.ok) return body.answer;
  const verifier = await newVerifier(body.value.password);
  const next = async (before: StoredUser | undefined): Promise<NextUser> =>
    before === undefined
      ? { kind: 'refuse', answer: noSuchUser(request.parameters.user) }
      : { kind: 'put', attributes: { ...givenOf(before), verifier } };
  const changed = await changeUser({ ...changeBy(request), isRepeatable: true, next }, stores);
  if (changed.kind !== 'put') return answerOf(changed);
  const etag = etagOfUser(changed.stored);
  return etag === undefined ? NO_CONTENT : { ...NO_CONTENT, headers: { etag } };
}

const unlockUser = defineRoute({
  method: 'POST',
  path: '/users/{user}/unlock',
  summary: 'Forget the failed logins of a user, from wherever they came',
  parameters,
  answers: { 200: unlockAnswer },
  problems: [404],
  handle: (request, stores) => unlock(request, stores),
});

const unlockUserWithSlash = defineRoute({
  method: 'POST',
  path: '/users/{user+}',
  summary: 'The same for a name that holds a slash: NAME/unlock',
  parameters,
  answers: { 200: unlockAnswer },
  problems: [404],
  handle: async (request, stores) => {
    const { user } = request.parameters;
    const named = splitAction(user, 'unlock');
    if (!named.ok) return problem('not-found', `There is no POST /users/${user}; POST /users/{user}/unlock is`);
    return unlock({ ...request, parameters: { user: named.value } }, stores);
  },
});

async function unlock({ parameters: { user }, who }: UserRequest, stores: AdminStores): Promise<RouteAnswer> {
  if ((await stores.users.read(user)) === undefined) return noSuchUser(user);
  const { networks, isAll } = await stores.loginFailures.forget(user, Math.floor(stores.nowMs() / 1000));
  if (networks > 0) await recordUserChange(user, who, { after: { unlocked: networks } }, stores);
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
