/** The event `policy-changed`. */
import type { PolicyAttributes } from '../../policy/item.ts';
import type { PolicyChanged } from '../admin/change-log.ts';
import { toJsonObject } from './item-json.ts';

export interface Change {
  /** `*` for what concerns all servers, such as a user. */
  readonly server: string;
  /** Key of the item, `user#NAME` for a user. */
  readonly item: string;
  /** Attributes without keys, and never a verifier; absent where there was no item. */
  readonly before: PolicyAttributes | undefined;
  readonly after: PolicyAttributes | undefined;
}

export interface ChangeFacts {
  readonly id: string;
  /** The caller's ARN. */
  readonly who: string;
  /** ISO 8601 time. */
  readonly at: string;
  /** Days that the event is kept. */
  readonly keepDays: number;
}

/** Octets of JSON of either side: two of them stay below the 400 KB of an item. */
const MAX_SIDE_OCTETS = 100_000;

export function changedEvent({ server, item, before, after }: Change, facts: ChangeFacts): PolicyChanged {
  return {
    type: 'policy-changed',
    server,
    item,
    ...facts,
    ...(before === undefined ? {} : { before: bounded(before) }),
    ...(after === undefined ? {} : { after: bounded(after) }),
  };
}

function bounded(attributes: PolicyAttributes): Record<string, unknown> {
  const json = toJsonObject(attributes);
  const octets = Buffer.byteLength(JSON.stringify(json));
  return octets <= MAX_SIDE_OCTETS ? json : { omitted: `${octets} octets, too many for an event` };
}
