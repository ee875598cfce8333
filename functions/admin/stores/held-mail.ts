/** Held mail, as the admin API sees it. */
import type { HeldItem, HeldState } from '../../../policy/held.ts';

export interface HeldPage {
  readonly items: readonly HeldItem[];
  /** Where the next page begins; absent on the last one. */
  readonly last?: HeldPosition;
}

export interface HeldPosition {
  readonly at: string;
  readonly id: string;
}

export interface HeldQuery {
  readonly server: string;
  readonly state: HeldState;
  /** ISO times: from `since` to before `until`. */
  readonly since: string;
  readonly until: string;
  readonly limit: number;
  readonly after?: HeldPosition | undefined;
}

export type HeldAct = 'viewed' | 'released' | 'denied';

export interface Decision {
  readonly state: 'releasing' | 'denied';
  readonly decidedBy: string;
  readonly decidedAt: string;
  readonly releaseTo?: readonly string[] | undefined;
}

export interface HeldMail {
  /** Newest first. */
  page(query: HeldQuery): Promise<HeldPage>;
  read(id: string): Promise<HeldItem | undefined>;
  /** Octets `start` to `end`, both counted, of the message; `undefined` where the bucket has dropped it. */
  content(key: string, start: number, end: number): Promise<Buffer | undefined>;
  /** Decides of one that is `held`, or that fails to be released; `undefined` where it is neither any more. */
  decide(id: string, decision: Decision): Promise<HeldItem | undefined>;
  /** Records who did what. */
  record(item: HeldItem, act: HeldAct, who: string, detail?: string): Promise<void>;
}
