/** Lambda answers, but not with a decision: every call of the edge proxy goes through a gate that the test holds. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { forDecisions, forEvents, through } from '../support/cloud-gate.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import { line, logIn, messageWith, newToken, openSecured, openSubmission, sendMail } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';
import { type LambdaAnswer, returns, TestLambda } from '../support/edge-proxy-lambda.ts';
import type { SmtpClient } from '../support/smtp-client.ts';

const DEFERRED = '451 4.3.0 Temporary failure, try again later';
const LOGIN_DEFERRED = '454 4.7.0 Temporary authentication failure';

let gate: TestLambda;
let cloud: Cloud;
let healthy: LambdaAnswer;

beforeAll(async () => {
  gate = await TestLambda.start((invocation, response) => healthy(invocation, response));
  healthy = through(() => cloud.url('lambda'));
  cloud = await Cloud.start({ servers: ['submission'], lambdaUrl: gate.endpoint });
});

afterEach(() => {
  gate.answer = healthy;
});

afterAll(async () => {
  await cloud.close();
  await gate.stop();
});

function answers(status: number, headers: Record<string, string>, body: string): LambdaAnswer {
  return (_invocation, response: ServerResponse) => void response.writeHead(status, headers).end(body);
}

async function askRecipient(client: SmtpClient, domain: string): Promise<string> {
  await client.command('MAIL FROM:<alice@example.com>');
  const reply = await client.command(`RCPT TO:<bob@${domain}>`);
  await client.command('RSET');
  return line(reply);
}

const THROTTLED = answers(
  429,
  { 'x-amzn-errortype': 'TooManyRequestsException' },
  JSON.stringify({ Reason: 'ConcurrentInvocationLimitExceeded', message: 'Rate Exceeded.' }),
);

// Neither let through nor refused for good: 451 for a recipient, 454 for a login, and the cause in the log. The same
// session goes on when the function does.
describe('a decision that is none', () => {
  it.each<[string, LambdaAnswer, RegExp]>([
    ['throttled', THROTTLED, /throttled \(ConcurrentInvocationLimitExceeded\): Rate Exceeded\./],
    [
      'a fault of the service',
      answers(500, { 'x-amzn-errortype': 'ServiceException' }, '{"Message":"oops"}'),
      /the call failed: /,
    ],
    ['a page of HTML', answers(502, {}, '<html>'), /the call failed: /],
    ['a broken connection', (_invocation, response) => void response.destroy(), /the call failed: /],
    [
      'a function that threw',
      answers(200, { 'x-amz-function-error': 'Unhandled' }, '{"errorType":"TypeError","errorMessage":"no table"}'),
      /failed \(Unhandled\): TypeError: no table/,
    ],
    ['no JSON', answers(200, {}, 'permit'), /did not answer with JSON/],
    ['null', returns(null), /the answer is no decision: /],
    ['a permit of what was not asked', returns({ kind: 'permit' }), /the answer is no decision: /],
    ['a refusal that says 250', returns({ kind: 'reject', reply: { code: 250, text: 'OK' } }), /no decision: /],
  ])('%s', async (what, broken, cause) => {
    const domain = `${what.replaceAll(' ', '-')}.test`.toLowerCase();
    const [known, stranger] = await Promise.all([openSubmission(cloud), openSecured(cloud)]);
    const skip = cloud.part('submission').lines.length;
    // Another name, since a login that was permitted is remembered.
    const wrong = Buffer.from('\0alice@example.com\0other').toString('base64');

    gate.answer = forDecisions(broken, healthy);
    const [recipient, login] = await Promise.all([
      askRecipient(known, domain),
      stranger.command(`AUTH PLAIN ${wrong}`).then(line),
    ]);
    gate.answer = healthy;
    const recovered = await Promise.all([askRecipient(known, domain), logIn(stranger).then(line)]);

    expect([recipient, login]).toEqual([DEFERRED, LOGIN_DEFERRED]);
    expect(recovered).toEqual(['250 2.1.5 Recipient OK', '235 2.7.0 Authentication succeeded']);
    const logged = cloud.part('submission').logged('decision-deferred', skip);
    expect(new Set(logged.map((each) => each.function))).toEqual(
      new Set(['postern-authenticate', 'postern-check-relay']),
    );
    for (const each of logged) expect(each.cause).toMatch(cause);
    expect(JSON.stringify(logged)).not.toContain(wrong);
    known.destroy();
    stranger.destroy();
  });

  it('later than its bound, 3 s for a recipient and 5 s for a login', async () => {
    const [known, stranger] = await Promise.all([openSubmission(cloud), openSecured(cloud)]);
    const skip = cloud.part('submission').lines.length;
    const wrong = Buffer.from('\0alice@example.com\0slow').toString('base64');

    gate.answer = forDecisions(() => {}, healthy);
    const [recipient, login] = await Promise.all([
      askRecipient(known, 'slow.test'),
      stranger.command(`AUTH PLAIN ${wrong}`).then(line),
    ]);
    gate.answer = healthy;

    expect([recipient, login]).toEqual([DEFERRED, LOGIN_DEFERRED]);
    const causes = cloud
      .part('submission')
      .logged('decision-deferred', skip)
      .map((each) => String(each.cause));
    expect(causes.some((cause) => cause.includes('no answer in 3000 ms'))).toBe(true);
    expect(causes.some((cause) => cause.includes('no answer in 5000 ms'))).toBe(true);
    expect(await askRecipient(known, 'slow.test')).toBe('250 2.1.5 Recipient OK');
    known.destroy();
    stranger.destroy();
  });
});

// Mail never waits for events, and none is lost without a trace.
describe('a dead record-events', () => {
  it.each<[string, LambdaAnswer]>([
    ['that throws', answers(200, { 'x-amz-function-error': 'Unhandled' }, '{"errorType":"Error"}')],
    ['that is throttled', THROTTLED],
  ])('%s: mail goes on, its events are printed and counted', async (_what, broken) => {
    const token = newToken();
    const client = await openSubmission(cloud);
    const skip = cloud.part('submission').lines.length;
    const before = Number((await cloud.health('submission')).undeliveredEvents);

    gate.answer = forEvents(broken, healthy);
    const reply = await sendMail(client, { to: `${token}@example.com`, content: messageWith(token) });
    const printed = await cloud
      .part('submission')
      .says('event-undelivered', ({ undelivered }) => JSON.stringify(undelivered).includes(token), skip);
    gate.answer = healthy;
    const { undeliveredEvents } = await cloud.health('submission');

    expect(reply.code).toBe(250);
    expect(copiesAt(cloud.home, 'mta', token)).toBe(1);
    expect(printed).toMatchObject({ undelivered: { type: 'transaction', verdict: 'accepted' } });
    expect(printed.cause).toMatch(
      /Function postern-record-events failed|Cannot invoke postern-record-events: throttled/,
    );
    expect(Number(undeliveredEvents)).toBeGreaterThan(before);
    client.destroy();
  });

  it('that is back takes the events that follow', async () => {
    const token = newToken();
    const client = await openSubmission(cloud);
    const heard = gate.invocations.length;

    await sendMail(client, { to: `${token}@example.com`, content: messageWith(token) });
    await until('record-events is called', () =>
      gate.invocations.slice(heard).some(({ payload }) => JSON.stringify(payload).includes(token)),
    );

    const { undeliveredEvents } = await cloud.health('submission');
    expect(cloud.part('submission').lines.join('\n')).not.toMatch(new RegExp(`undelivered.*${token}`));
    expect(undeliveredEvents).toBe(cloud.part('submission').logged('event-undelivered').length);
    client.destroy();
  });
});
