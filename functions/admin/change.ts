/** One change of one item or user, from precondition to the write; what is told of it, `check-policy` tells. */
import type { PolicyAttributes } from '../../policy/item.ts';
import type { Image } from '../tables/attributes.ts';
import { TooManyAttributesError } from '../tables/conditional-write.ts';
import { isSame } from '../tables/item-json.ts';
import { givenAttributes } from '../tables/kept.ts';
import type { Signature } from '../tables/send-conditional-write.ts';
import { checkPrecondition, etagOfStored, hasPrecondition, lostRace } from './http/etag.ts';
import { Problem } from './http/problem.ts';

/** What stands in a table, as it was read. */
export interface Stored {
  readonly attributes: PolicyAttributes;
  readonly raw: Image;
}

/** The one item or user that is to be changed. */
export interface ChangeTarget<S extends Stored> {
  /** In sentences: `domain#example.com`, `user alice`. */
  readonly name: string;
  readonly read: () => Promise<S | undefined>;
  /** Whether what was read stands elsewhere than it is to: then it is written though it says the same. */
  readonly isElsewhere?: (before: S) => boolean;
  /** Writes on the condition that it is still `before`. */
  readonly write: (
    before: S | undefined,
    after: PolicyAttributes | undefined,
    by: Signature,
  ) => Promise<S | 'deleted' | 'changed'>;
}

export interface WantedChange<S extends Stored> {
  readonly target: ChangeTarget<S>;
  readonly headers: Readonly<Record<string, string>>;
  readonly who: string;
  /** Whether the change means the same whatever it finds: it is tried again when somebody was faster. */
  readonly isRepeatable: boolean;
  /** What it is to hold, by what it holds: all attributes that people give, or `delete`; throws a `Problem` to refuse. */
  readonly next: (before: S | undefined) => Promise<PolicyAttributes | 'delete'> | PolicyAttributes | 'delete';
  readonly nowMs: () => number;
}

export type Changed<S extends Stored> =
  | { readonly kind: 'put'; readonly stored: S; readonly isNew: boolean }
  | { readonly kind: 'deleted' };

/** Attempts of a change that may be repeated. */
const MOST_ATTEMPTS = 4;

/**
 * Reads, checks the precondition, and writes on the condition that the target is still as it was read. What says the same
 * already is not written.
 *
 * @throws Problem
 */
export async function change<S extends Stored>(wanted: WantedChange<S>): Promise<Changed<S>> {
  const { target, headers } = wanted;
  const mayRepeat = wanted.isRepeatable && !hasPrecondition(headers);
  for (let attempt = 1; ; attempt += 1) {
    const before = await target.read();
    checkPrecondition(headers, etagOfStored(before));
    const changed = await attemptOnce(wanted, before);
    if (changed !== 'changed') return changed;
    if (!mayRepeat || attempt === MOST_ATTEMPTS) throw await tooLate(wanted);
  }
}

async function attemptOnce<S extends Stored>(
  { target, who, next, nowMs }: WantedChange<S>,
  before: S | undefined,
): Promise<Changed<S> | 'changed'> {
  const wanted = await next(before);
  const after = wanted === 'delete' ? undefined : wanted;
  const isInPlace = before !== undefined && target.isElsewhere?.(before) !== true;
  if (isInPlace && after !== undefined && isSame(givenAttributes(before.attributes), after)) {
    return { kind: 'put', stored: before, isNew: false };
  }
  const written = await compared(target.name, () =>
    target.write(before, after, { who, at: new Date(nowMs()).toISOString() }),
  );
  if (written === 'changed') return 'changed';
  return written === 'deleted' ? { kind: 'deleted' } : { kind: 'put', stored: written, isNew: before === undefined };
}

/** A write, or the problem that what was read cannot be compared with what is there. */
export async function compared<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof TooManyAttributesError)) throw error;
    const detail = `${name} cannot be written on the condition that no one else does: ${error.message}; remove some in the console`;
    throw new Problem('conflict', detail);
  }
}

async function tooLate<S extends Stored>({ target, headers }: WantedChange<S>): Promise<Problem> {
  const etag = etagOfStored(await target.read());
  if (hasPrecondition(headers)) return lostRace(headers, etag);
  const now = etag === undefined ? 'it is gone now' : `its ETag is ${etag} now`;
  return new Problem(
    'conflict',
    `${target.name} was changed while this change was made; ${now}: read it, and try again`,
  );
}
