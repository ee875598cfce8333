/** Events on their way to the archive: Amazon Data Firehose writes them to S3, compressed, a folder a server and day. */
import type { FirehoseClient, PutRecordBatchResponseEntry } from '@aws-sdk/client-firehose';
import type { PosternEvent } from '../../policy/event.ts';
import { logProblem } from '../log.ts';
import { STORE_BOUND_MS } from '../tables/client.ts';
import { untilProcessed } from '../tables/until-processed.ts';

export interface EventArchive {
  /** Rejects when not all of them were taken; sent again, some may be there twice. */
  put(events: readonly PosternEvent[]): Promise<void>;
}

/** Records and octets that one PutRecordBatch takes (quotas of Firehose: 500, and 4 MiB). */
const BATCH_RECORDS = 500;
const BATCH_OCTETS = 4_000_000;
/** Octets of one record; what an edge proxy sends in one event is far below. */
const RECORD_OCTETS = 1_000_000;

/** An event as a line of the archive: as it was reported, its time with milliseconds. */
export function archiveLine(event: PosternEvent): string {
  const { keepDays: _keepDays, ...told } = event;
  return JSON.stringify({ ...told, at: new Date(event.at).toISOString() });
}

export class FirehoseArchive implements EventArchive {
  readonly #client: Promise<Pick<FirehoseClient, 'send'>>;
  readonly #stream: string;

  /** @param client made by the first who needs it, so that deployments without an archive do not load it */
  constructor(client: Promise<Pick<FirehoseClient, 'send'>>, stream: string) {
    this.#client = client;
    this.#stream = stream;
  }

  async put(events: readonly PosternEvent[]): Promise<void> {
    const lines = events.map((event) => Buffer.from(archiveLine(event)));
    const batches = batchesOf(lines.filter(({ length }) => length <= RECORD_OCTETS));
    const left = await Promise.all(batches.map((batch) => untilProcessed(batch, this.#send, STORE_BOUND_MS)));
    const count = left.flat().length;
    if (count > 0) throw new Error(`Cannot archive ${count} of ${events.length} events`);
  }

  /** Those that Firehose did not take; it names them by their places. */
  readonly #send = async (batch: readonly Uint8Array[], abortSignal: AbortSignal): Promise<readonly Uint8Array[]> => {
    const { PutRecordBatchCommand } = await import('@aws-sdk/client-firehose');
    const Records = batch.map((Data) => ({ Data }));
    const command = new PutRecordBatchCommand({ DeliveryStreamName: this.#stream, Records });
    try {
      const { RequestResponses = [] } = await (await this.#client).send(command, { abortSignal });
      return batch.filter((_, index) => isRefused(RequestResponses[index]));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
      // While an archive is given up: the deployment takes the stream away before it tells this function.
      logProblem({ function: 'record-events', problem: `There is no archive ${this.#stream}` });
      return [];
    }
  };
}

function isRefused(answer: PutRecordBatchResponseEntry | undefined): boolean {
  return answer?.ErrorCode !== undefined;
}

function batchesOf(lines: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const batches: Uint8Array[][] = [];
  let octets = 0;
  for (const line of lines) {
    const last = batches.at(-1);
    octets += line.length;
    if (last === undefined || last.length === BATCH_RECORDS || octets > BATCH_OCTETS) {
      batches.push([line]);
      octets = line.length;
    } else last.push(line);
  }
  return batches;
}
