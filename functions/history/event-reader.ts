/** What the admin API needs of the table *events*: pages of items in the order of their time. */

/** One item, keys included. */
export type EventAttributes = Readonly<Record<string, unknown>>;

/** What items must have to be given; what is absent is not asked for. */
export interface EventFilter {
  readonly types?: readonly string[] | undefined;
  readonly session?: string | undefined;
  readonly server?: string | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
  /** The identity of a session, or the name that a login was tried with: one of these. */
  readonly identities?: readonly string[] | undefined;
}

/** A day of one server, `mx1#2026-03-01`, or all of one session. */
export type EventPartition =
  | { readonly kind: 'stream'; readonly stream: string }
  | { readonly kind: 'session'; readonly session: string };

export interface EventQuestion {
  readonly partition: EventPartition;
  /** Sort keys, both included: an ISO time, or `ISO time#id`. */
  readonly from: string;
  readonly to: string;
  readonly order: 'newest-first' | 'oldest-first';
  readonly filter: EventFilter;
  /** Seconds since 1970; items that expired by then are not given, whether or not DynamoDB has dropped them. */
  readonly nowSeconds: number;
  /** Items to look at, at least 2; the filter may leave fewer. */
  readonly limit: number;
}

export interface EventPage {
  readonly items: readonly EventAttributes[];
  /** Sort key of the last item looked at; absent when there is none after it. */
  readonly readTo?: string | undefined;
}

export interface EventKey {
  readonly stream: string;
  readonly at: string;
}

export interface EventReader {
  /** The items of keys, 100 at most, in no particular order; those that are not there are left out. */
  get(keys: readonly EventKey[]): Promise<readonly EventAttributes[]>;
  /** Rejects when the table does not answer in time. */
  read(question: EventQuestion): Promise<EventPage>;
}
