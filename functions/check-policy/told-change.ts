/** What is told of a change: who made it, what was done, before and after; never a verifier. */
import type { ChangeAction } from '../../policy/event.ts';
import { type Image, isSameImage, isSameValue, shownAttributesOf } from '../tables/attributes.ts';
import { ALL_SERVERS, type Change } from '../tables/changed-event.ts';
import { givenAttributes, toldUser } from '../tables/kept.ts';
import type { Signature } from '../tables/send-conditional-write.ts';
import type { ChangeRecord, ItemRecord, UserRecord } from './stream-record.ts';

/** Who changed an item when it does not say. */
export const SEEN_BY_TABLE = 'console or SDK';

/**
 * Milliseconds by which a signature may differ from the time of the record. One that differs more is not of this change:
 * an item that was copied in the console still has that of its original.
 */
const MOST_SKEW_MS = 300_000;

export interface ToldChange extends Signature {
  readonly change: Change;
}

/** What is told of a change; `undefined` where people changed nothing. */
export function toldChange(record: ChangeRecord): ToldChange | undefined {
  return record.kind === 'item' ? itemChange(record) : userChange(record);
}

function itemChange(record: ItemRecord): ToldChange | undefined {
  const { server, item, before, after } = record;
  if (before !== undefined && after !== undefined && isSameGiven(before, after)) return undefined;
  const sides = { before: before && shownGiven(before), after: after && shownGiven(after) };
  return { change: { server, item, action: actionOf(record), ...sides }, ...signatureOf(record) };
}

function userChange(record: UserRecord): ToldChange | undefined {
  const { user, before, after } = record;
  const common = { server: ALL_SERVERS, item: `user#${user}` };
  const sides = { before: before && shownUser(before), after: after && shownUser(after) };
  if (before !== undefined && after !== undefined && isSameGiven(before, after)) {
    const unlocked = newSignature(record, 'unlocked');
    return unlocked && { change: { ...common, action: 'unlocked', ...sides }, ...unlocked };
  }
  const isPassword = !isSameValue(before?.verifier, after?.verifier);
  const isOnlyPassword =
    isPassword && before !== undefined && after !== undefined && isSameGiven(before, after, 'verifier');
  const password = isPassword ? { password: after?.verifier === undefined ? 'removed' : 'changed' } : {};
  const action = isOnlyPassword ? 'password' : actionOf(record);
  const told = { before: sides.before, after: sides.after && { ...sides.after, ...password } };
  return { change: { ...common, action, ...told }, ...signatureOf(record) };
}

function actionOf({ before, after }: ChangeRecord): ChangeAction {
  if (before === undefined) return 'made';
  return after === undefined ? 'deleted' : 'changed';
}

function isSameGiven(before: Image, after: Image, except?: string): boolean {
  const given = (image: Image): Image =>
    Object.fromEntries(Object.entries(givenAttributes(image)).filter(([name]) => name !== except));
  return isSameImage(given(before), given(after));
}

function shownGiven(image: Image): Readonly<Record<string, unknown>> {
  return shownAttributesOf(givenAttributes(image));
}

function shownUser(image: Image): Readonly<Record<string, unknown>> {
  return toldUser(shownAttributesOf(image));
}

function signatureOf(record: ChangeRecord): Signature {
  const signed = newSignature(record, record.after === undefined ? 'deleted' : 'changed');
  return signed ?? { who: SEEN_BY_TABLE, at: record.at };
}

/** The signature that the admin API gave an item with this very change; one that stood there already is of another. */
function newSignature(
  { before, after, at }: ChangeRecord,
  kind: 'changed' | 'deleted' | 'unlocked',
): Signature | undefined {
  const [who, signedAt] = [(after ?? before)?.[`${kind}By`]?.S, (after ?? before)?.[`${kind}At`]?.S];
  if (who === undefined || signedAt === undefined) return undefined;
  if (after !== undefined && before?.[`${kind}At`]?.S === signedAt) return undefined;
  const skewMs = Math.abs(Date.parse(signedAt) - Date.parse(at));
  return skewMs <= MOST_SKEW_MS ? { who, at: new Date(signedAt).toISOString() } : undefined;
}
