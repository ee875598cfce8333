/** A record of the stream of the policy table or the users table, as Lambda hands it over. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Image } from '../tables/attributes.ts';

interface RecordFacts {
  /** Unique among all records, and the same when the record is delivered again. */
  readonly id: string;
  /** What a failure is reported by. */
  readonly sequenceNumber: string;
  /** ISO 8601 time of the change. */
  readonly at: string;
  /**
   * Sorts the records of one partition key in the order of the changes. The time goes first: the numbers begin anew where
   * a table is restored, and they alone tell changes of one second apart.
   */
  readonly order: string;
  /** The item before, absent where there was none. */
  readonly before?: Image;
  /** The item after, absent where it was deleted. */
  readonly after?: Image;
}

/** One change of one policy item. */
export interface ItemRecord extends RecordFacts {
  readonly kind: 'item';
  readonly server: string;
  /** The item's key. */
  readonly item: string;
}

/** One change of one user. */
export interface UserRecord extends RecordFacts {
  readonly kind: 'user';
  /** The user's key. */
  readonly user: string;
}

export type ChangeRecord = ItemRecord | UserRecord;

/** Digits of the longest sequence number (DynamoDB API reference, StreamRecord). */
const SEQUENCE_DIGITS = 40;

const keySchema = z.object({ S: z.string() });
/** An attribute value is the SDK's own form, checked by whoever reads it. */
const imageSchema = z.custom<Readonly<Record<string, Readonly<Record<string, unknown>>>>>(
  (value) => isMap(value) && Object.values(value).every(isMap),
);

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const recordSchema = z.object({
  eventID: z.string().min(1),
  dynamodb: z.object({
    SequenceNumber: z.string().min(1),
    /** Seconds since 1970. */
    ApproximateCreationDateTime: z.number(),
    Keys: z.union([z.object({ server: keySchema, item: keySchema }), z.object({ user: keySchema })]),
    OldImage: imageSchema.optional(),
    NewImage: imageSchema.optional(),
  }),
});

/** The records, each to be read on its own: one that cannot be read must hold up no other. */
export const streamEventSchema = z.object({ Records: z.array(z.unknown()) });

/** Reads one record; `undefined` when it is none. */
export function readRecord(value: unknown): ChangeRecord | undefined {
  const result = recordSchema.safeParse(value);
  if (!result.success) return undefined;
  const { eventID, dynamodb } = result.data;
  const { Keys, OldImage, NewImage, SequenceNumber, ApproximateCreationDateTime } = dynamodb;
  const at = new Date(ApproximateCreationDateTime * 1000).toISOString();
  const facts = {
    id: eventID,
    sequenceNumber: SequenceNumber,
    at,
    order: `${at}#${SequenceNumber.padStart(SEQUENCE_DIGITS, '0')}`,
    ...(OldImage === undefined ? {} : { before: imageOf(OldImage) }),
    ...(NewImage === undefined ? {} : { after: imageOf(NewImage) }),
  };
  if ('user' in Keys) return { kind: 'user', user: Keys.user.S, ...facts };
  return { kind: 'item', server: Keys.server.S, item: Keys.item.S, ...facts };
}

function imageOf(image: z.output<typeof imageSchema>): Image {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, storedValue(value)]));
}

/** In JSON octets are base64, for which the SDK has `Uint8Array`. */
function storedValue(value: Readonly<Record<string, unknown>>): AttributeValue {
  const { B, BS, L, M } = value;
  if (typeof B === 'string') return { B: Buffer.from(B, 'base64') };
  if (Array.isArray(BS)) return { BS: BS.map((octets) => Buffer.from(String(octets), 'base64')) };
  if (Array.isArray(L)) return { L: L.map((entry) => storedValue(entry)) };
  if (typeof M === 'object' && M !== null) {
    return { M: imageOf(M as z.output<typeof imageSchema>) };
  }
  return value as unknown as AttributeValue;
}
