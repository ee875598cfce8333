import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../policy/event.ts';
import { readSesEvent } from './ses-event.ts';
import { ALL, BOUNCE, COMPLAINT, DELAY, DELIVERY, REJECT, SEND } from './test-support/ses-examples.ts';

const OURS = {
  type: 'delivery',
  server: 'submission',
  transaction: 'Tj0naOpx_oc-.1',
  identity: 'alice@example.com',
  sesMessage: 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
};

function read(value: unknown) {
  return readSesEvent(JSON.stringify(value));
}

/** A copy with a value at a dotted path. */
function withValue<T extends object>(value: T, path: string, changed: unknown): T {
  const copy = structuredClone(value);
  const names = path.split('.');
  const last = names.pop() ?? '';
  const place = names.reduce<Record<string, unknown>>(
    (at, name) => at[name] as Record<string, unknown>,
    copy as Record<string, unknown>,
  );
  if (changed === undefined) delete place[last];
  else place[last] = changed;
  return copy;
}

describe('what SES tells', () => {
  it.each([
    [
      'a bounce',
      BOUNCE,
      {
        at: '2017-08-05T00:41:02.669Z',
        outcome: 'bounced',
        bounce: 'permanent',
        recipients: [{ address: 'recipient@example.com', status: '5.1.1', detail: '550 5.1.1 user unknown' }],
        detail: 'General',
      },
    ],
    [
      'a complaint',
      COMPLAINT,
      {
        at: '2017-08-05T00:41:02.669Z',
        outcome: 'complained',
        recipients: [{ address: 'recipient@example.com' }],
        detail: 'abuse',
      },
    ],
    [
      'a delivery',
      DELIVERY,
      {
        at: '2016-10-19T23:21:04.133Z',
        outcome: 'delivered',
        recipients: [{ address: 'recipient@example.com', detail: '250 2.6.0 Message received' }],
      },
    ],
    [
      'a message that was rejected, at the time of the message',
      REJECT,
      {
        at: '2016-10-14T17:38:15.211Z',
        outcome: 'rejected',
        recipients: [{ address: 'sender@example.com' }],
        detail: 'Bad content',
      },
    ],
    [
      'a delay',
      DELAY,
      {
        at: '2020-06-16T00:25:40.095Z',
        outcome: 'delayed',
        recipients: [
          { address: 'recipient@example.com', status: '4.4.1', detail: '421 4.4.1 Unable to connect to remote host' },
        ],
        detail: 'TransientCommunicationFailure',
      },
    ],
  ])('is read: %s', (_, example, expected) => {
    const told = read(example);

    expect(told?.event).toEqual({ ...OURS, ...expected, id: expect.stringMatching(/^[\w-]{22}$/) });
    expect(eventSchema.safeParse({ ...told?.event, keepDays: 30 }).error).toBeUndefined();
  });

  it('has each of several recipients', () => {
    const [first] = BOUNCE.bounce.bouncedRecipients;
    const second = { emailAddress: 'Other <other@example.org>', action: 'failed', status: '', diagnosticCode: '' };

    const told = read(
      withValue(BOUNCE, 'bounce.bouncedRecipients', [first, second, { emailAddress: 'third@x.example' }]),
    );

    expect(told?.event.recipients).toEqual([
      { address: 'recipient@example.com', status: '5.1.1', detail: '550 5.1.1 user unknown' },
      { address: 'other@example.org' },
      { address: 'third@x.example' },
    ]);
  });

  it.each([
    ['Transient', 'transient'],
    ['Undetermined', 'undetermined'],
    ['Something new', 'undetermined'],
  ])('of a bounce of type %s says %s', (bounceType, bounce) => {
    expect(read(withValue(BOUNCE, 'bounce.bounceType', bounceType))?.event.bounce).toBe(bounce);
  });

  it.each([
    ['a type of event that was not asked for', SEND],
    ['a type that no one knows', { ...BOUNCE, eventType: 'Teleported' }],
    ['mail that another sends by the same set', withValue(BOUNCE, 'mail.tags.postern-server', undefined)],
    ['mail without tags', withValue(BOUNCE, 'mail.tags', undefined)],
    ['no event at all', 'text'],
    ['null', null],
  ])('is nothing of ours: %s', (_, value) => {
    expect(read(value)).toBeUndefined();
  });

  it('is nothing of ours: the text by which SES tries a destination', () => {
    expect(readSesEvent('Successfully validated SNS topic for Amazon SES event publishing.')).toBeUndefined();
  });

  it('of a message of ours that cannot be read is an error, which SNS tells again', () => {
    expect(() => read(withValue(BOUNCE, 'bounce.timestamp', 'soon'))).toThrow();
    expect(() => read(withValue(BOUNCE, 'bounce', undefined))).toThrow();
  });

  it('is read whatever else it has', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(ALL)),
        fc.dictionary(
          fc.string().map((name) => `x${name}`),
          fc.jsonValue(),
        ),
        (example, more) => {
          const part = Object.keys(example).find((name) => name !== 'mail' && name !== 'eventType') ?? '';
          const own = (example as unknown as Record<string, object>)[part];
          const value = { ...more, ...example, mail: { ...more, ...example.mail }, [part]: { ...more, ...own } };

          expect(read(value)).toEqual(read(example));
        },
      ),
    );
  });

  it('keeps what a stranger’s server said to one line of bounded length', () => {
    const code = `smtp; 550\r\n${'\0'}${'x'.repeat(5000)}`;

    const [recipient] =
      read(withValue(BOUNCE, 'bounce.bouncedRecipients.0.diagnosticCode', code))?.event.recipients ?? [];

    expect(recipient?.detail).toMatch(/^550 x{508}$/);
  });

  it('has the same id each time, and another for another event', () => {
    const idOf = (value: unknown) => read(value)?.event.id;
    const ids = Object.values(ALL).map(idOf);

    expect(Object.values(ALL).map(idOf)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(idOf(withValue(BOUNCE, 'bounce.feedbackId', 'other'))).not.toBe(idOf(BOUNCE));
  });
});
