import { describe, expect, it, onTestFinished } from 'vitest';
import { loseFirstAnswers } from '../test-support/lost-answers.ts';
import { REFEREES } from '../test-support/referees.ts';
import { DynamoReportMarks } from './dynamo-report-marks.ts';
import type { DeliveryEvent } from './ses-event.ts';

describe.each(REFEREES)('the mark of a report in $name', ({ start }) => {
  async function marks(losesAnswers: boolean): Promise<DynamoReportMarks> {
    const tables = await start();
    const client = tables.newClient();
    onTestFinished(async () => {
      client.destroy();
      await tables.stop();
    });
    await tables.create('events');
    if (losesAnswers) loseFirstAnswers(client);
    return new DynamoReportMarks(client, 'events');
  }
  const event = { server: 'submission', id: 'e1' } as DeliveryEvent;

  it.each([false, true])('is had once, until it is given back; first answers are lost: %s', async (losesAnswers) => {
    const store = await marks(losesAnswers);

    const claims = [await store.claim(event), await store.claim(event)];
    await store.release(event);
    claims.push(await store.claim(event));

    expect(claims).toEqual([true, false, true]);
  });
});
