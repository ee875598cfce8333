/** Held mail on a task: where it is stored, and the beat that hands released mail on. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { HeldItem } from '../../policy/held.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { type EventRecorder, newEventId } from '../events/event-recorder.ts';
import type { Faults } from '../faults.ts';
import type { Log } from '../log.ts';
import { hopTimeouts, type NextHops } from '../next-hop/next-hop.ts';
import { HeldStore } from './held-store.ts';
import { HeldRelease } from './release.ts';

const nothing = (): void => undefined;
export const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

type RequestHandler = NonNullable<DynamoDBClientConfig['requestHandler']>;

/** Where held mail is stored: items in a table, content in a bucket. */
export interface HeldPlace {
  readonly table: string;
  readonly bucket: string;
}

/** `undefined` where no place for held mail is configured. */
export function makeHeldStore(place: HeldPlace | undefined, requestHandler: RequestHandler): HeldStore | undefined {
  if (place === undefined) return undefined;
  // The SDK warns on the console that it cannot repeat a stream; the store does, from the content's beginning.
  const s3 = new S3Client({ maxAttempts: 1, requestHandler, logger: SILENT });
  const dynamo = new DynamoDBClient({ maxAttempts: 3, requestHandler });
  return new HeldStore({ s3, dynamo, ...place });
}

export interface ReleaseServices {
  readonly store: HeldStore;
  readonly server: string;
  readonly nextHops: NextHops;
  readonly policy: () => Policy;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly faults: Faults;
}

export function startRelease({ store, server, nextHops, policy, events, log, faults }: ReleaseServices): HeldRelease {
  const owner = newEventId();
  const release = new HeldRelease({
    store,
    server,
    owner,
    nextHops,
    timeouts: () => hopTimeouts(policy().settings),
    calendar: () => Date.now(),
    log,
    record: ({ id }: HeldItem, act, detail) =>
      events.record({
        type: 'held',
        id: newEventId(),
        at: new Date().toISOString(),
        server,
        keepDays: policy().settings.eventDays,
        transaction: id,
        act,
        who: `edge-proxy ${server}`,
        detail,
      }),
    onFault: (error) => faults.report(error, 'held-release'),
  });
  release.start();
  return release;
}
