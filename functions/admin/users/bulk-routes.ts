/** `POST /users/import` and `POST /users/export`: many users at once, each by itself. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { PolicyAttributes } from '../../../policy/item.ts';
import { userKey } from '../../../policy/user.ts';
import { parseVerifier } from '../../../policy/verifier.ts';
import { inParallel } from '../../in-parallel.ts';
import { ALL_SERVERS, USER_CHANGE_DAYS } from '../../tables/changed-event.ts';
import { exportedUsersAnswer, importedUsersAnswer, importUserSchema, importUsersBody } from '../contract/bulk-users.ts';
import { keyToken, nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalidField, Problem } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { readUserBody } from './read-body.ts';
import { checkAttributes, userAttributesOf } from './user-attributes.ts';
import { changeUser, newVerifier, storedUser } from './user-change.ts';
import { shownUser } from './user-item.ts';

/** Octets of a user's key. */
const MAX_KEY_OCTETS = 2048;
const AT_ONCE = 8;

interface Import {
  readonly existing: 'keep' | 'replace';
  readonly dryRun: boolean;
  readonly who: string;
}

const importUsers = defineRoute({
  method: 'POST',
  path: '/users/import',
  summary: 'Make many users, each by itself; one that exists is kept, or replaced',
  // Read by the handler, which shows less of what it was given.
  body: z.unknown(),
  describedBody: importUsersBody.extend({ users: z.array(importUserSchema) }),
  answers: { 200: importedUsersAnswer },
  problems: [],
  handle: async ({ body, who }, stores) => {
    const { users, existing, dryRun } = readUserBody(importUsersBody, body);
    const answer = { made: [] as string[], replaced: [] as string[], kept: [] as string[] };
    const failed: { user: string; detail: string }[] = [];
    await inParallel(users, AT_ONCE, async (given) => {
      try {
        const { user, outcome } = await importUser(given, { existing, dryRun, who }, stores);
        answer[outcome].push(user);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        failed.push({ user: nameOf(given), detail: error.message });
      }
    });
    return ok({ ...answer, failed });
  },
});

function nameOf(given: unknown): string {
  const { user } = (typeof given === 'object' && given !== null ? given : {}) as { readonly user?: unknown };
  return typeof user === 'string' ? user : '';
}

async function importUser(
  given: unknown,
  { existing, dryRun, who }: Import,
  stores: AdminStores,
): Promise<{ readonly user: string; readonly outcome: 'made' | 'replaced' | 'kept' }> {
  const { user: typed, password, verifier: givenVerifier, ...attributes } = readUserBody(importUserSchema, given);
  const key = userKey(typed);
  if (!key.ok) throw invalidField('user', typed, key.problem);
  const user = { key: key.value, typed };
  const before = await storedUser(user, stores);
  if (before !== undefined && existing === 'keep') return { user: key.value, outcome: 'kept' };
  const isMeant = givenVerifier !== undefined && password !== undefined && password !== null;
  if (isMeant) throw invalidField('verifier', undefined, 'goes with no password: give one of them');
  // No part of it is shown: it may be a password in the wrong place.
  if (givenVerifier !== undefined && !parseVerifier(givenVerifier).ok) {
    throw invalidField('verifier', undefined, 'is no verifier ($argon2id$… or $scrypt$…)');
  }
  const made = (verifier: unknown): PolicyAttributes => {
    return { ...userAttributesOf(attributes), ...(verifier === undefined ? {} : { verifier }) };
  };
  await checkAttributes(key.value, before, made(givenVerifier ?? before?.attributes.verifier), stores);
  const outcome = before === undefined ? 'made' : 'replaced';
  if (dryRun) return { user: key.value, outcome };
  const verifier = typeof password === 'string' ? await newVerifier(password) : givenVerifier;
  const next = (found: typeof before): PolicyAttributes => {
    if (found !== undefined && existing === 'keep')
      throw new Problem('conflict', 'was made meanwhile, by someone else');
    return made(verifier ?? (password === null ? undefined : found?.attributes.verifier));
  };
  await changeUser({ user, headers: {}, who }, { isRepeatable: true, next }, stores);
  return { user: key.value, outcome };
}

const exportUsers = defineRoute({
  method: 'POST',
  path: '/users/export',
  summary:
    'Users with their verifiers, in no particular order; a right of its own, since passwords can be guessed by them',
  query: z.strictObject(pageQuery),
  answers: { 200: exportedUsersAnswer },
  problems: [],
  handle: async ({ query: { limit, next }, who }, stores) => {
    const { users, last } = await stores.users.list(limit, readToken(keyToken(MAX_KEY_OCTETS), next));
    // Before the answer: what could not be recorded is not given.
    await stores.record({
      ...{ type: 'users-exported', id: randomUUID(), at: new Date(stores.nowMs()).toISOString() },
      ...{ server: ALL_SERVERS, keepDays: USER_CHANGE_DAYS, who, count: users.length },
    });
    const shown = users.map((stored) => {
      const { verifier } = stored.attributes;
      return { ...shownUser(stored), ...(typeof verifier === 'string' ? { verifier } : {}) };
    });
    return ok({ users: shown, ...(last === undefined ? {} : { next: nextToken(last) }) });
  },
});

export const BULK_ROUTES: readonly Route[] = [importUsers, exportUsers];
