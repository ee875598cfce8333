/** What an attacker makes us write down is bounded: events and lines cost money and memory elsewhere. */
import { expect, it } from 'vitest';
import { EventRecorder } from '../../edge-proxy/events/event-recorder.ts';
import type { PosternEvent } from '../../policy/event.ts';
import { withBed } from '../support/edge-proxy-bed.ts';
import { TestFunctions } from '../support/edge-proxy-functions.ts';
import { testLog } from '../support/edge-proxy-log.ts';
import { testPolicy } from '../support/policy.ts';

it('tells once a transaction of recipients above maxRecipients, however many come', async () => {
  await withBed({ policy: testPolicy({ maxRecipients: 2 }) }, async (bed) => {
    const client = await bed.greeted();
    client.send('EHLO c\r\nMAIL FROM:<a@b.example>\r\n');
    client.send('RCPT TO:<b@example.com>\r\n'.repeat(1000));
    const replies = await client.hearReplies(1002);
    client.send('RSET\r\nMAIL FROM:<a@b.example>\r\n');
    client.send('RCPT TO:<b@example.com>\r\n'.repeat(3));
    await client.hearReplies(5);

    expect(replies.filter((reply) => reply.startsWith('452 4.5.3'))).toHaveLength(998);
    expect(bed.eventsOf('refusal').map(({ rule }) => rule)).toEqual([
      'settings#maxRecipients',
      'settings#maxRecipients',
    ]);
  });
});

it('keeps a bounded number of commands and recipients of a session without an end', async () => {
  await withBed({ policy: testPolicy({ maxRecipients: 2 }) }, async (bed) => {
    const client = await bed.greeted();
    client.send('EHLO c\r\n');
    client.send('NOOP\r\n'.repeat(5000));
    client.send('MAIL FROM:<a@b.example>\r\n');
    client.send('RCPT TO:<b@example.com>\r\n'.repeat(5000));
    client.send('QUIT\r\n');
    await client.hearReplies(10_003);

    const [transaction] = bed.eventsOf('transaction');
    const [session] = bed.eventsOf('session');
    expect(transaction?.commands.length).toBeLessThanOrEqual(200);
    expect(transaction?.recipients.length).toBeLessThanOrEqual(202);
    expect(session?.commands.length).toBeLessThanOrEqual(200);
  });
});

it('holds no more than 8 MiB of events while record-events is slow, and prints the rest', () => {
  const functions = new TestFunctions(() => new Promise(() => {}));
  const log = testLog();
  const recorder = new EventRecorder({ client: functions, recordEventsFunction: 'record-events-fn', log: log.log });
  const address = `${'x'.repeat(200)}@example.com`;
  const recipients = Array.from({ length: 300 }, () => ({ address, reply: 550, rule: 'relay-domains' }));
  const event: PosternEvent = {
    type: 'transaction',
    id: 'e',
    at: '2026-01-02T03:04:05.000Z',
    server: 'mx1',
    policyVersion: '0123456789abcdef',
    keepDays: 30,
    session: 'S1',
    client: { address: '192.0.2.1', port: 4711, tls: false },
    transaction: 'S1.1',
    sender: '',
    recipients,
    octets: 0,
    verdict: 'abandoned',
    rule: 'reset',
    reply: '',
    durationMs: 0,
    commands: [],
  };
  const fitting = Math.floor(8_388_608 / JSON.stringify(event).length);

  for (let count = 0; count < 1000; count += 1) recorder.record(event);

  // One batch, which is on its way, comes on top.
  const printed = recorder.undelivered;
  expect(printed).toBeLessThanOrEqual(1000 - fitting);
  expect(printed).toBeGreaterThan(1000 - fitting - 200);
  expect(log.lines.length).toBe(printed);
});
