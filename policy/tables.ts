/** The shapes of a deployment's tables: for CDK, the embedded run, the functions and the tests. All keys are strings. */

export interface TableKeys {
  readonly partition: string;
  readonly sort?: string;
}

export interface TableShape extends TableKeys {
  /** The global secondary index, which has all attributes. */
  readonly index?: TableKeys & { readonly name: string };
  /** Attribute with the second since 1970 at which an item goes. */
  readonly expiry?: string;
}

export const TABLE_SHAPES = {
  /** Settings, commands, domains and clients of each server. */
  policy: { partition: 'server', sort: 'item' },
  /** Who may log in. */
  users: { partition: 'user' },
  /** What happened. */
  events: {
    partition: 'stream',
    sort: 'at',
    index: { name: 'session', partition: 'session', sort: 'at' },
    expiry: 'expiresAt',
  },
  /** Failed logins and sent messages. */
  counters: { partition: 'counter', sort: 'scope', expiry: 'expiresAt' },
  /** Held mail; its index is by server and state, by when it was held. */
  held: {
    partition: 'id',
    index: { name: 'serverState', partition: 'serverState', sort: 'at' },
    expiry: 'expiresAt',
  },
} as const satisfies Record<string, TableShape>;

export type TableKind = keyof typeof TABLE_SHAPES;

/** Names of the keys, the partition's first. */
export function keyNames({ partition, sort }: TableKeys): readonly string[] {
  return sort === undefined ? [partition] : [partition, sort];
}
