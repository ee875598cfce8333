/** Amazon SES fails in each way that the embedded endpoint can be told to, and by dying. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import type { LogLine } from '../support/cloud-part.ts';
import {
  line,
  messageWith,
  newToken,
  onTheWire,
  openMail,
  openSubmission,
  sendMail,
} from '../support/cloud-session.ts';
import type { SmtpClient } from '../support/smtp-client.ts';

const UNCERTAIN = /whether the message was taken is uncertain/;

let cloud: Cloud;
let client: SmtpClient;

beforeAll(async () => {
  cloud = await Cloud.start({ servers: ['submission'] });
  client = await openSubmission(cloud);
});

afterEach(() => cloud.healSes());

afterAll(async () => {
  client.destroy();
  await cloud.close();
});

/** Lines of transactions come a moment after the reply, perhaps after those of the test before. */
function isTo(token: string): (line: LogLine) => boolean {
  return ({ recipients }) => JSON.stringify(recipients).includes(token);
}

interface Outcome {
  readonly reply: string;
  /** The fields of the transaction's line in the log. */
  readonly rule: unknown;
  readonly detail: unknown;
  readonly copies: number;
  /** What the same session hears of the same message when SES is well again. */
  readonly retry: string;
  readonly copiesAfterRetry: number;
}

/** A message while SES is unwell, and again when it is well, in one standing session. */
async function whileUnwell(makeUnwell: () => Promise<void>, heal: () => Promise<void>): Promise<Outcome> {
  const token = newToken();
  const mail = { to: `${token}@elsewhere.test`, content: messageWith(token) };
  const skip = cloud.part('submission').lines.length;
  await makeUnwell();
  const reply = await sendMail(client, mail);
  const { rule, detail } = await cloud.part('submission').says('transaction', isTo(token), skip);
  const copies = copiesAt(cloud.home, 'ses', token);
  await heal();
  const retry = await sendMail(client, mail);
  return {
    reply: line(reply),
    rule,
    detail,
    copies,
    retry: line(retry),
    copiesAfterRetry: copiesAt(cloud.home, 'ses', token),
  };
}

// What SES did not take is not with it, and its client hears 4xx; the same session's next try goes through.
describe('a temporary failure', () => {
  it.each([
    ['Throttling', 'Maximum sending rate exceeded.', /^451 4\.3\.2 .*throttling/, 'next-hop'],
    ['Throttling', 'Daily message quota exceeded.', /^451 4\.3\.2 .*quota/i, 'next-hop'],
    ['ServiceUnavailable', 'Later', /^451 4\.3\.0 .*unavailable/, 'next-hop'],
    ['InternalFailure', 'Oops', /^451 4\.3\.0 .*unavailable/, 'next-hop'],
    ['AccountSendingPausedException', 'Paused', /^451 4\.3\.2 .*paused/, 'next-hop'],
    ['AccessDenied', 'not authorized to perform ses:SendRawEmail', /^451 4\.3\.5 .*not configured/, 'next-hop'],
    ['nonsense', '', /^451 4\.4\.2 /, 'next-hop-dropped'],
    ['hang', '', /^451 4\.4\.2 /, 'next-hop-dropped'],
  ])('%s: %s', async (kind, message, reply, rule) => {
    const outcome = await whileUnwell(
      () => cloud.failSes({ kind, ...(message === '' ? {} : { message }) }),
      () => cloud.healSes(),
    );

    expect(outcome).toMatchObject({ rule, copies: 0, copiesAfterRetry: 1 });
    expect(outcome.reply).toMatch(reply);
    expect(outcome.detail).not.toBe('');
    expect(outcome.retry).toMatch(/^250 2\.0\.0 OK/);
  });

  it('down: 451 4.4.1, and the next message goes out when it is back', async () => {
    const outcome = await whileUnwell(
      () => cloud.part('ses').kill(),
      () => cloud.part('ses').restart(),
    );

    expect(outcome).toMatchObject({ rule: 'next-hop-down', copies: 0, copiesAfterRetry: 1 });
    expect(outcome.reply).toMatch(/^451 4\.4\.1 /);
    expect(outcome.detail).toMatch(/ECONNREFUSED/);
    expect(await cloud.health('submission')).toMatchObject({ httpStatus: 200, status: 'ok' });
    expect(outcome.retry).toMatch(/^250 2\.0\.0 OK/);
  });
});

// Said aloud in the log: the client's next try is a second copy, since no call to SES can be repeated safely.
describe('an answer that never came whole', () => {
  it.each([
    ['drop', 'SES took the message and broke off in its answer'],
    ['slow', 'SES took the message later than the hop has time'],
  ])('%s: %s, and the client hears 451 4.4.2', async (kind) => {
    const outcome = await whileUnwell(
      () => cloud.failSes({ kind, ...(kind === 'slow' ? { delayMs: 3500 } : {}) }),
      () => cloud.healSes(),
    );

    expect(outcome.reply).toMatch(/^451 4\.4\.2 /);
    expect(outcome.detail).toMatch(UNCERTAIN);
    expect(outcome.retry).toMatch(/^250 /);
    expect(outcome.copiesAfterRetry).toBeGreaterThanOrEqual(1);
    expect(outcome.copiesAfterRetry).toBeLessThanOrEqual(2);
  });

  it('killed with the call under way: 451, uncertain', async () => {
    const token = newToken();
    const mail = { to: `${token}@elsewhere.test`, content: messageWith(token) };
    const skip = cloud.part('submission').lines.length;

    await openMail(client, mail);
    cloud.part('ses').stop();
    client.write(onTheWire(mail.content));
    const answer = client.reply();
    // Its answers come after the first session's octets, through the same event loop.
    const other = await openSubmission(cloud);
    await cloud.part('ses').kill();
    const reply = await answer;
    other.destroy();
    const { detail } = await cloud.part('submission').says('transaction', isTo(token), skip);
    await cloud.part('ses').restart();

    expect(reply.code).toBe(451);
    expect(detail).toMatch(UNCERTAIN);
    expect((await sendMail(client, mail)).code).toBe(250);
  });
});

describe('a refusal for good', () => {
  it('is the client’s 5xx, in the words of SES', async () => {
    const message = 'Email address is not verified. The following identities failed the check: alice@example.com';

    const outcome = await whileUnwell(
      () => cloud.failSes({ kind: 'MessageRejected', message }),
      () => cloud.healSes(),
    );

    expect(outcome.reply).toMatch(/^554 5\.7\.1 .*alice@example\.com/);
    expect(outcome).toMatchObject({ rule: 'next-hop', copies: 0 });
  });
});
