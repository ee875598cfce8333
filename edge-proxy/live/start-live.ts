/** The beat of sessions under way, where there is a table for it. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { newEventId } from '../events/event-recorder.ts';
import { LiveBeat, type LiveBeatOptions } from './live-beat.ts';
import { DynamoLiveTable } from './live-table.ts';

export interface LiveServices extends Pick<LiveBeatOptions, 'sessions' | 'log' | 'faults'> {
  readonly environment: { readonly server: string; readonly countersTable: string | undefined };
  readonly requestHandler: NonNullable<DynamoDBClientConfig['requestHandler']>;
}

export function startLive({ environment, requestHandler, ...services }: LiveServices): LiveBeat | undefined {
  const { server, countersTable } = environment;
  if (countersTable === undefined) return undefined;
  const table = new DynamoLiveTable(new DynamoDBClient({ maxAttempts: 1, requestHandler }), countersTable);
  const beat = new LiveBeat({ ...services, table, server, task: newEventId(), calendar: () => Date.now() });
  beat.start();
  return beat;
}
