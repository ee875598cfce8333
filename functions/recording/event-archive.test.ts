import type { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { describe, expect, it } from 'vitest';
import { refusal, transaction } from '../test-support/events.ts';
import { archiveLine, FirehoseArchive } from './event-archive.ts';

/** Firehose, which refuses the records at the places that `refuses` names, in the first call alone. */
function firehose(refuses: readonly number[] = []) {
  const calls: (readonly string[])[] = [];
  const send = async ({ input }: PutRecordBatchCommand) => {
    const isFirst = calls.length === 0;
    const records = input.Records ?? [];
    calls.push(records.map(({ Data }) => Buffer.from(Data ?? []).toString()));
    const RequestResponses = records.map((_, at) =>
      isFirst && refuses.includes(at) ? { ErrorCode: 'ServiceUnavailableException' } : { RecordId: String(at) },
    );
    return { FailedPutCount: 0, RequestResponses };
  };
  const client = { send } as unknown as Pick<FirehoseClient, 'send'>;
  return { archive: new FirehoseArchive(Promise.resolve(client), 'events'), calls };
}

describe('the archive', () => {
  it('gets each event as a line of JSON, with what was reported and nothing of how long it is kept', async () => {
    const { archive, calls } = firehose();
    const event = transaction({ at: '2026-03-01T10:00:00Z' });

    await archive.put([event]);

    const { keepDays: _keepDays, ...told } = event;
    expect(calls.map((lines) => lines.map((line) => JSON.parse(line)))).toEqual([
      [{ ...told, at: '2026-03-01T10:00:00.000Z' }],
    ]);
    expect(archiveLine(event)).not.toContain('\n');
  });

  it('gets again what Firehose did not take, and that alone', async () => {
    const { archive, calls } = firehose([1]);

    await archive.put(['a', 'b', 'c'].map((id) => refusal({ id })));

    expect(calls.map((lines) => lines.map((line) => JSON.parse(line).id))).toEqual([['a', 'b', 'c'], ['b']]);
  });

  it('takes 500 events a call, and no more octets than a call may have', async () => {
    const { archive, calls } = firehose();
    const large = { answer: 'x'.repeat(900_000), verb: 'DATA', octets: 1, reply: 250 };

    await archive.put(Array.from({ length: 501 }, (_, index) => refusal({ id: String(index) })));
    await archive.put(Array.from({ length: 5 }, (_, index) => transaction({ id: String(index), commands: [large] })));

    expect(calls.map(({ length }) => length)).toEqual([500, 1, 4, 1]);
  });
});
