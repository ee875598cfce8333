/** The event `policy-changed`. */
import type { ChangeAction, PosternEvent } from '../../policy/event.ts';
import type { PolicyAttributes } from '../../policy/item.ts';
import { toJsonObject } from './item-json.ts';

export type PolicyChanged = Extract<PosternEvent, { type: 'policy-changed' }>;

export interface Change {
  /** `*` for what concerns all servers, such as a user. */
  readonly server: string;
  /** Key of the item, `user#NAME` for a user. */
  readonly item: string;
  readonly action: ChangeAction;
  /** Attributes without keys, and never a verifier; absent where there was no item. */
  readonly before: PolicyAttributes | undefined;
  readonly after: PolicyAttributes | undefined;
}

export interface ChangeFacts {
  readonly id: string;
  /** The caller's ARN, or what stands for one who is not known. */
  readonly who: string;
  /** ISO 8601 time. */
  readonly at: string;
  /** Days that the event is kept. */
  readonly keepDays: number;
  /** Sorts the changes of one server; absent of a user, who has no history. */
  readonly order?: string;
}

/** Server of what concerns all servers, such as users. */
export const ALL_SERVERS = '*';

/** Days that changes of users are kept: who let whom in is asked for later than what a session said. */
export const USER_CHANGE_DAYS = 365;

/** Octets of JSON of either side: two of them stay below the 400 KB of an item. */
const MAX_SIDE_OCTETS = 100_000;

export function changedEvent({ before, after, ...change }: Change, facts: ChangeFacts): PolicyChanged {
  return {
    type: 'policy-changed',
    ...change,
    ...facts,
    ...(before === undefined ? {} : { before: boundedSide(before) }),
    ...(after === undefined ? {} : { after: boundedSide(after) }),
  };
}

function boundedSide(attributes: PolicyAttributes): Record<string, unknown> {
  // In quotation marks, a name that not every reader of an object takes for one.
  const entries = Object.entries(toJsonObject(attributes));
  const json = Object.fromEntries(entries.map(([name, value]) => [name === '__proto__' ? '"__proto__"' : name, value]));
  const octets = Buffer.byteLength(JSON.stringify(json));
  return octets <= MAX_SIDE_OCTETS ? json : { omitted: `${octets} octets, too many for an event` };
}
