import { describe, expect, it } from 'vitest';
import { readSesEvent } from '../../functions/record-deliveries/ses-event.ts';
import { sesTags } from '../../policy/ses-tags.ts';
import { fateOf, sesEventsOf, snsEvent, type TakenMail } from './deliveries.ts';

const ORIGIN = { server: 'submission', transaction: 'Tj0n.1', identity: 'alice', hasNullSender: false };
const NOW = Date.parse('2026-11-24T10:00:00Z');

function mail(...recipients: readonly string[]): TakenMail {
  return {
    id: 'taken',
    takenAt: '2026-11-24T09:59:59.000Z',
    sender: 'alice@example.com',
    recipients,
    message: Buffer.from('From: alice@example.com\r\nAuto-Submitted:\r\n auto-replied\r\n\r\nNot: a field\r\n'),
    tags: sesTags(ORIGIN).map(({ Name, Value }) => ({ name: Name, value: Value })),
  };
}

/** As `record-deliveries` reads them. */
function told(...recipients: readonly string[]) {
  return sesEventsOf(mail(...recipients), NOW).map((event) => {
    const { Records } = snsEvent(event) as { Records: [{ Sns: { Message: string } }] };
    return readSesEvent(Records[0].Sns.Message);
  });
}

describe('what the embedded SES tells', () => {
  it.each([
    ['success@simulator.amazonses.com', [['delivered', undefined]]],
    ['ooto@simulator.amazonses.com', [['delivered', undefined]]],
    ['bounce@simulator.amazonses.com', [['bounced', 'permanent']]],
    ['Bounce+label@elsewhere.test', [['bounced', 'permanent']]],
    ['suppressionlist@simulator.amazonses.com', [['bounced', 'permanent']]],
    ['softbounce@elsewhere.test', [['bounced', 'transient']]],
    ['delay-1@elsewhere.test', [['delayed', undefined]]],
    ['reject@elsewhere.test', [['rejected', undefined]]],
    [
      'complaint@simulator.amazonses.com',
      [
        ['delivered', undefined],
        ['complained', undefined],
      ],
    ],
    ['bouncer@elsewhere.test', [['delivered', undefined]]],
  ])('of mail to %s is read as %j', (recipient, outcomes) => {
    const events = told(recipient).map((each) => each?.event);

    expect(events.map((event) => [event?.outcome, event?.bounce])).toEqual(outcomes);
    for (const event of events) {
      expect(event).toMatchObject({
        ...{ server: 'submission', transaction: 'Tj0n.1', identity: 'alice' },
        sesMessage: 'taken',
      });
      expect(event?.recipients.map(({ address }) => address)).toEqual([recipient]);
    }
  });

  it('is of each recipient, with the header of the message', () => {
    const events = told('a@x.test', 'bounce@x.test');

    expect(events.map((each) => each?.event.outcome)).toEqual(['delivered', 'bounced']);
    expect(events[0]?.mail.headers).toEqual([
      { name: 'From', value: 'alice@example.com' },
      { name: 'Auto-Submitted', value: 'auto-replied' },
    ]);
  });

  it('goes by the whole first word of the local part', () => {
    expect(fateOf('rejected@x.test')).toBe('delivered');
    expect(fateOf('reject@x.test')).toBe('reject');
  });
});
