/** What changed in a table between two looks, as records of DynamoDB Streams with new and old images. */
import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Image = Readonly<Record<string, AttributeValue>>;

/** Of DynamoDB's record what a reader of both images looks at. */
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

/** What a table held when it was last looked at, by key. */
export class TableChanges {
  #known: ReadonlyMap<string, Known> | undefined;
  #sequence = 0n;

  /**
   * Takes the table's items as they are now and gives the records of what changed since the last call.
   *
   * The first call cannot know: it gives each item as changed to what it was, so that a reader sees all of them once.
   */
  take(images: readonly Image[], nowMs: number): StreamRecord[] {
    const now = new Map(images.map((image): [string, Known] => [keyOf(image), { image, text: textOf(image) }]));
    const before = this.#known ?? now;
    const isFirst = this.#known === undefined;
    const records: StreamRecord[] = [];
    for (const [key, { image, text }] of now) {
      const old = before.get(key);
      if (old?.text === text && !isFirst) continue;
      records.push(this.#record(old?.image, image, nowMs));
    }
    for (const [key, { image }] of before) if (!now.has(key)) records.push(this.#record(image, undefined, nowMs));
    this.#known = now;
    return records;
  }

  #record(before: Image | undefined, after: Image | undefined, nowMs: number): StreamRecord {
    this.#sequence += 1n;
    const { server = { S: '' }, item = { S: '' } } = after ?? before ?? {};
    return {
      eventID: randomUUID(),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: { server, item },
        ...(before === undefined ? {} : { OldImage: before }),
        ...(after === undefined ? {} : { NewImage: after }),
        SequenceNumber: String(this.#sequence),
        ApproximateCreationDateTime: nowMs / 1000,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    };
  }
}

interface Known {
  readonly image: Image;
  /** Tells images apart; dynalite gives attributes and sets in one order. */
  readonly text: string;
}

function keyOf({ server, item }: Image): string {
  return JSON.stringify([server?.S, item?.S]);
}

function textOf(image: Image): string {
  return JSON.stringify(
    Object.entries(image).sort(([a], [b]) => (a < b ? -1 : 1)),
    inJson,
  );
}

/** In the JSON of a record octets are base64. */
export function inJson(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
