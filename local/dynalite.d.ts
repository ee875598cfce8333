/** What is used of dynalite, which brings no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  import type { DatabaseOptions } from 'dynalite/db/index.js';

  function dynalite(options?: DatabaseOptions): Server;
  export = dynalite;
}

declare module 'dynalite/db/index.js' {
  import type { AttributeValue } from '@aws-sdk/client-dynamodb';

  type Image = Readonly<Record<string, AttributeValue>>;

  export interface DatabaseOptions {
    /** Directory of the LevelDB store; in memory without it. */
    readonly path?: string;
    /** Milliseconds that a new table stays in CREATING. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    /** Ours: handed on as it is. */
    readonly onWrite?:
      | ((write: {
          readonly table: string;
          readonly before: Image | undefined;
          readonly after: Image | undefined;
        }) => void)
      | undefined;
  }

  /** Items of one table, by a text made of their keys. */
  export interface ItemDatabase {
    get(key: string, callback: (error: unknown, image: Image | undefined) => void): void;
    put(key: string, image: Image, callback: (error: unknown) => void): void;
    del(key: string, callback: (error: unknown) => void): void;
  }

  export interface Store {
    getItemDb(table: string): ItemDatabase;
  }

  export interface ExpressionNode {
    readonly type: string;
    /** Paths are arrays; values are in DynamoDB's form. */
    readonly args: readonly (ExpressionNode | readonly (string | number)[] | AttributeValue)[];
  }

  export interface ConditionalRequest {
    readonly _condition?: { readonly expression: ExpressionNode };
  }

  const database: {
    create: (options: DatabaseOptions) => Store;
    /** The error of a condition that does not hold, or nothing. */
    checkConditional: (request: ConditionalRequest, existing: Image | undefined) => unknown;
    readonly mapPath: (path: readonly (string | number)[], image: Image) => AttributeValue | undefined;
  };
  export default database;
}
