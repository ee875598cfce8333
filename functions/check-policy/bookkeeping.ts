/** What an item is to say of itself: what is wrong with it, and how it was when it was last right. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ownAttributes, parseLastGood, parsePolicyItem } from '../../policy/item.ts';
import { attributesOf, type Image, isSameValue } from '../tables/attributes.ts';

/** Characters of `problem`: what people read in a console; an item has 400 KB for all that it holds. */
const MAX_PROBLEM_LENGTH = 1000;

/** A value that an attribute is to have; `undefined` removes it. */
export type BookkeepingChange = Readonly<Partial<Record<'problem' | 'lastGood', AttributeValue | undefined>>>;

export interface Judgement {
  /** Why the item, as it stands, is not in force. */
  readonly problem?: string;
  /** Empty when the item says what it should already, as it does when our own change comes back. */
  readonly change: BookkeepingChange;
}

/**
 * Judges an item.
 *
 * @param earlier how the item was before, newest first; one of them is its last good state where `lastGood` was lost, as
 *   by a tool that replaces the whole item, or lags behind
 * @param overruledBy why it is not in force though it parses
 */
export function judge(image: Image, earlier: readonly Image[], overruledBy: string | undefined): Judgement {
  const result = parsePolicyItem(attributesOf(image));
  const problem = result.ok ? overruledBy : shortened(result.problem);
  const lastGood = result.ok ? copyOf(image) : lastGoodOf(image, earlier);
  const wanted = problem === undefined ? undefined : { S: problem };
  return {
    ...(problem === undefined ? {} : { problem }),
    change: {
      ...(isSameValue(image.problem, wanted) ? {} : { problem: wanted }),
      ...(isSameValue(image.lastGood, lastGood) ? {} : { lastGood }),
    },
  };
}

/** An item without attributes of its own needs no copy: whatever goes wrong with it, it was without them before. */
function copyOf(image: Image): AttributeValue | undefined {
  const own = ownAttributes(image);
  return Object.keys(own).length === 0 && image.lastGood === undefined ? undefined : { M: { ...own } };
}

function lastGoodOf(image: Image, earlier: readonly Image[]): AttributeValue | undefined {
  const good = earlier.find((each) => parsePolicyItem(attributesOf(each)).ok);
  if (good !== undefined) return { M: { ...ownAttributes(good) } };
  const copied = [image, ...earlier].find((each) => parseLastGood(attributesOf(each)) !== undefined);
  // A broken copy is ignored by all who read it; where there is no other, there is nothing to put in its place.
  return copied === undefined ? image.lastGood : copied.lastGood;
}

function shortened(problem: string): string {
  const text = problem.toWellFormed();
  return text.length <= MAX_PROBLEM_LENGTH ? text : `${text.slice(0, MAX_PROBLEM_LENGTH).toWellFormed()}…`;
}
