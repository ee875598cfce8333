/**
 * Changes: each is made only on what the reader saw (If-Match), is told in one sentence, and can be undone where the API
 * can. Where somebody else was faster, the reader is asked.
 */
import { type Answer, ApiFailure, call, reloadAll } from './api.ts';
import { createStore } from './store.ts';

export interface Change {
  /** `VRFY of inbound is allowed`; said when it is done. */
  readonly what: string;
  readonly method: 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** The tag of what was seen; `new` where there was nothing; absent where it does not matter. */
  readonly basis?: string | 'new' | undefined;
  /** Where what stands there now is read, if not at the path. */
  readonly readAt?: string;
  /** The way back, from the tag that there is after it. */
  readonly undo?: (etag: string | undefined) => Change;
}

/** What somebody else has made of it meanwhile. */
export interface Theirs {
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly etag: string | undefined;
}

export interface Conflict {
  readonly change: Change;
  readonly theirs: Theirs;
  readonly choose: (choice: 'mine' | 'theirs') => void;
}

export const conflict = createStore<Conflict | undefined>(undefined);

export interface Told {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'bad';
  readonly undo?: Change | undefined;
}

export const told = createStore<readonly Told[]>([]);
let lastId = 0;
/** Milliseconds that a message stays; one with an undo waits longer. */
const STAYS_MS = 6000;
const UNDO_STAYS_MS = 20_000;

export function tell(text: string, tone: 'good' | 'bad' = 'good', undo?: Change): void {
  lastId += 1;
  const id = lastId;
  told.set([...told.get().slice(-2), { id, text, tone, undo }]);
  setTimeout(() => forget(id), undo === undefined ? STAYS_MS : UNDO_STAYS_MS);
}

export function forget(id: number): void {
  told.set(told.get().filter((each) => each.id !== id));
}

/**
 * Makes a change; `undefined` where the reader took what somebody else had made meanwhile.
 *
 * @throws ApiFailure of what is wrong with it
 */
export async function save<Value>(change: Change): Promise<Answer<Value> | undefined> {
  try {
    const answer = await call<Value>({
      method: change.method,
      path: change.path,
      headers: conditionOf(change),
      ...(change.body === undefined ? {} : { body: change.body }),
    });
    tell(change.what, 'good', change.undo?.(answer.etag));
    reloadAll();
    return answer;
  } catch (error) {
    if (!(error instanceof ApiFailure) || !isConflict(error, change)) throw error;
    const theirs = await readTheirs(change);
    const choice = await asked(change, theirs);
    conflict.set(undefined);
    if (choice === 'mine') return save<Value>({ ...change, basis: theirs.etag ?? 'new' });
    reloadAll();
    return undefined;
  }
}

/** The same for what is done by a button and has no field beside which a problem could stand. */
export async function saveOrTell(change: Change): Promise<boolean> {
  try {
    return (await save(change)) !== undefined;
  } catch (error) {
    tell((error as Error).message, 'bad');
    return false;
  }
}

function conditionOf({ basis }: Change): Readonly<Record<string, string>> {
  if (basis === undefined) return {};
  return basis === 'new' ? { 'if-none-match': '*' } : { 'if-match': basis };
}

function isConflict({ status }: ApiFailure, { method }: Change): boolean {
  return status === 412 || (status === 409 && method !== 'POST');
}

async function readTheirs({ path, readAt = path }: Change): Promise<Theirs> {
  try {
    const { value, etag } = await call<Readonly<Record<string, unknown>>>({ path: readAt });
    return { value, etag };
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return { value: undefined, etag: undefined };
    throw error;
  }
}

function asked(change: Change, theirs: Theirs): Promise<'mine' | 'theirs'> {
  return new Promise((choose) => conflict.set({ change, theirs, choose }));
}
