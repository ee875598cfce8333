/** A record of the policy table's stream, as Lambda hands it over. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Image } from '../tables/stored-attributes.ts';

/** One change of one item. */
export interface ChangeRecord {
  /** Unique among all records, and the same when the record is delivered again. */
  readonly id: string;
  /** What a failure is reported by. */
  readonly sequenceNumber: string;
  /** ISO 8601 time of the change. */
  readonly at: string;
  readonly server: string;
  /** The item's key. */
  readonly item: string;
  /** The item before, absent where there was none. */
  readonly before?: Image;
  /** The item after, absent where it was deleted. */
  readonly after?: Image;
}

const keySchema = z.object({ S: z.string() });
/** An attribute value is the SDK's own form, checked by whoever reads it. */
const imageSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

const recordSchema = z.object({
  eventID: z.string().min(1),
  dynamodb: z.object({
    SequenceNumber: z.string().min(1),
    /** Seconds since 1970. */
    ApproximateCreationDateTime: z.number(),
    Keys: z.object({ server: keySchema, item: keySchema }),
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
  return {
    id: eventID,
    sequenceNumber: SequenceNumber,
    at: new Date(ApproximateCreationDateTime * 1000).toISOString(),
    server: Keys.server.S,
    item: Keys.item.S,
    ...(OldImage === undefined ? {} : { before: imageOf(OldImage) }),
    ...(NewImage === undefined ? {} : { after: imageOf(NewImage) }),
  };
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
