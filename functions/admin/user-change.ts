/** One change of one user, from precondition to event. */
import { randomBytes } from 'node:crypto';
import type { PolicyAttributes } from '../../policy/item.ts';
import { makeVerifier, preparePassword } from '../../policy/password.ts';
import { formatVerifier, SALT_OCTETS } from '../../policy/verifier.ts';
import { changedEvent } from '../tables/changed-event.ts';
import { isSame } from '../tables/item-json.ts';
import { failedPrecondition, hasPrecondition, lostRace } from './http/etag.ts';
import { problem } from './http/problem.ts';
import type { RouteAnswer } from './http/route.ts';
import type { AdminStores } from './stores/admin-stores.ts';
import type { StoredUser } from './stores/user-store.ts';
import { etagOfUser, toldUser } from './users/user-item.ts';

export interface WantedUserChange {
  /** The key. */
  readonly user: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly who: string;
  /** Whether the change means the same whatever it finds: it is tried again when somebody was faster. */
  readonly isRepeatable: boolean;
  /** What the user is to have, by what there is: all attributes that people write, the verifier among them. */
  readonly next: (before: StoredUser | undefined) => Promise<NextUser>;
}

export type NextUser =
  | { readonly kind: 'put'; readonly attributes: PolicyAttributes }
  | { readonly kind: 'delete' }
  | { readonly kind: 'refuse'; readonly answer: RouteAnswer };

export type ChangedUser =
  | { readonly kind: 'put'; readonly stored: StoredUser; readonly isNew: boolean }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'refused'; readonly answer: RouteAnswer };

/** Users concern all servers. */
export const ALL_SERVERS = '*';
/** Days that changes of users are kept: who let whom in is asked for later than what a session said. */
export const USER_CHANGE_DAYS = 365;
/** Attempts of a change that may be repeated. */
const MOST_ATTEMPTS = 4;

/**
 * Reads, checks the precondition, writes on the condition that the user is still as it was read, and records the event.
 *
 * A user who has all this already is not written, and is no event.
 */
export async function changeUser(wanted: WantedUserChange, stores: AdminStores): Promise<ChangedUser> {
  const { user, headers } = wanted;
  const mayRepeat = wanted.isRepeatable && !hasPrecondition(headers);
  for (let attempt = 1; ; attempt += 1) {
    const before = await stores.users.read(user);
    const failed = failedPrecondition(headers, etagOfUser(before));
    if (failed !== undefined) return { kind: 'refused', answer: failed };
    const changed = await attemptOnce(wanted, before, stores);
    if (changed !== 'changed') return changed;
    if (!mayRepeat || attempt === MOST_ATTEMPTS) return { kind: 'refused', answer: await tooLate(wanted, stores) };
  }
}

async function attemptOnce(
  { user, who, next }: WantedUserChange,
  before: StoredUser | undefined,
  stores: AdminStores,
): Promise<ChangedUser | 'changed'> {
  const wanted = await next(before);
  if (wanted.kind === 'refuse') return { kind: 'refused', answer: wanted.answer };
  if (wanted.kind === 'put' && before !== undefined && hasAll(before, wanted.attributes)) {
    return { kind: 'put', stored: before, isNew: false };
  }
  const changedAt = new Date(stores.nowMs()).toISOString();
  const after = wanted.kind === 'put' ? { ...wanted.attributes, changedBy: who, changedAt } : undefined;
  const written = await stores.users.write({ user, before, after });
  if (written === 'changed') return 'changed';
  await recordUserChange(user, who, sidesOf(before, after), stores);
  return written === 'deleted' ? { kind: 'deleted' } : { kind: 'put', stored: written, isNew: before === undefined };
}

function hasAll(before: StoredUser, attributes: PolicyAttributes): boolean {
  return (
    before.attributes.verifier === attributes.verifier && isSame(toldUser(before.attributes), toldUser(attributes))
  );
}

interface Sides {
  readonly before?: PolicyAttributes | undefined;
  readonly after?: PolicyAttributes | undefined;
}

/** Both sides as an event tells them: of a password only what became of it. */
function sidesOf(before: StoredUser | undefined, after: PolicyAttributes | undefined): Sides {
  const [old, verifier] = [before?.attributes.verifier, after?.verifier];
  const password = verifier === old ? {} : { password: verifier === undefined ? 'removed' : 'changed' };
  return {
    before: before === undefined ? undefined : toldUser(before.attributes),
    after: after === undefined ? undefined : { ...toldUser(after), ...password },
  };
}

export async function recordUserChange(
  user: string,
  who: string,
  { before, after }: Sides,
  stores: AdminStores,
): Promise<void> {
  const at = new Date(stores.nowMs()).toISOString();
  const facts = { who, at, id: stores.newId(), keepDays: USER_CHANGE_DAYS };
  await stores.changes.record([changedEvent({ server: ALL_SERVERS, item: `user#${user}`, before, after }, facts)]);
}

async function tooLate({ user, headers }: WantedUserChange, stores: AdminStores): Promise<RouteAnswer> {
  const etag = etagOfUser(await stores.users.read(user));
  if (hasPrecondition(headers)) return lostRace(headers, etag);
  const now = etag === undefined ? 'it is gone now' : `its ETag is ${etag} now`;
  return problem('conflict', `The user was changed while this change was made; ${now}: read it, and try again`);
}

/** The verifier of a password that a schema has found good; takes some 70 ms. */
export async function newVerifier(password: string): Promise<string> {
  const prepared = preparePassword(password);
  // Without the problem's cause: nothing here may quote a password.
  if (!prepared.ok) throw new TypeError('Cannot make a verifier of a password that was not checked');
  return formatVerifier(await makeVerifier(prepared.value, randomBytes(SALT_OCTETS)));
}
