/** What was written to a table, as records of DynamoDB Streams with new and old images, for one reader. */
import { randomUUID } from 'node:crypto';
import type { Image, ItemWrite } from './dynalite.ts';

/** What a reader of both images looks at in DynamoDB's record. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventSource: 'aws:dynamodb';
  readonly dynamodb: {
    readonly Keys: Image;
    readonly OldImage?: Image;
    readonly NewImage?: Image;
    readonly SequenceNumber: string;
    /** Seconds since 1970. */
    readonly ApproximateCreationDateTime: number;
    readonly StreamViewType: 'NEW_AND_OLD_IMAGES';
  };
}

/** The record of a change; `keys` are the names of the table's key attributes. */
export function streamRecord(
  { before, after }: Pick<ItemWrite, 'before' | 'after'>,
  keys: readonly string[],
  { sequence, nowMs }: { readonly sequence: number; readonly nowMs: number },
): StreamRecord {
  const image = after ?? before ?? {};
  return {
    eventID: randomUUID(),
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: Object.fromEntries(Object.entries(image).filter(([name]) => keys.includes(name))),
      ...(before === undefined ? {} : { OldImage: before }),
      ...(after === undefined ? {} : { NewImage: after }),
      SequenceNumber: String(sequence),
      ApproximateCreationDateTime: nowMs / 1000,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

/** Keeps the records of one table until its reader has them. */
export class ChangeFeed {
  readonly #keys: readonly string[];
  #records: StreamRecord[] = [];
  #sequence = 0;
  #wake: (() => void)[] = [];

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** Number of the last record; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  add(write: Pick<ItemWrite, 'before' | 'after'>, nowMs: number): void {
    this.#sequence += 1;
    this.#records.push(streamRecord(write, this.#keys, { sequence: this.#sequence, nowMs }));
    for (const wake of this.#wake.splice(0)) wake();
  }

  /**
   * The records after a sequence number, oldest first; those up to it are forgotten. Where there is none yet, waits for
   * the next one, or until the signal aborts.
   */
  async after(sequence: number, signal: AbortSignal): Promise<readonly StreamRecord[]> {
    this.#records = this.#records.filter(({ dynamodb }) => Number(dynamodb.SequenceNumber) > sequence);
    if (this.#records.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return [...this.#records];
  }
}

/** In the JSON of a record octets are base64. */
export function inJson(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
