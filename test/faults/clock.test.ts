/** The calendar of a task jumps a day ahead and a day back while sessions stand. Deadlines and caches go by another clock. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { through } from '../support/cloud-gate.ts';
import { mailAt } from '../support/cloud-mail.ts';
import { messageWith, newToken, onTheWire, openMail, openSubmission, sendMail } from '../support/cloud-session.ts';
import { TestLambda } from '../support/edge-proxy-lambda.ts';

const DAY_MS = 86_400_000;
const CLOCK = join(import.meta.dirname, '..', 'support', 'cloud-clock.mjs');

let gate: TestLambda;
let cloud: Cloud;

beforeAll(async () => {
  gate = await TestLambda.start(through(() => cloud.url('lambda')));
  cloud = await Cloud.start({
    servers: ['submission'],
    lambdaUrl: gate.endpoint,
    nodeFlags: ['--import', CLOCK],
    variables: { CLOUD_CLOCK_SHIFTS: [DAY_MS, -DAY_MS, 0].join(',') },
  });
});

afterAll(async () => {
  await cloud.close();
  await gate.stop();
});

async function jump(shiftMs: number): Promise<void> {
  cloud.part('submission').signal('SIGUSR2');
  await cloud.part('submission').says('clock-shifted', (each) => each.shiftMs === shiftMs);
}

function calls(functionName: string): number {
  return gate.invocations.filter((invocation) => invocation.functionName === functionName).length;
}

describe.each([
  ['a day ahead', DAY_MS],
  ['a day back', -DAY_MS],
])('the clock jumps %s', (_what, shiftMs) => {
  it('no session times out, no transaction is lost, nothing remembered is forgotten', async () => {
    const token = newToken();
    const mail = { to: `${token}@example.com`, content: messageWith(token) };
    const [idle, inContent, inTransaction] = await Promise.all([
      openSubmission(cloud),
      openSubmission(cloud),
      openSubmission(cloud),
    ]);
    await openMail(inContent, mail);
    await inTransaction.command('MAIL FROM:<alice@example.com>');
    const relaysBefore = await asked(inTransaction, token);

    await jump(shiftMs);
    const first = await inTransaction.command(`RCPT TO:<second-${token}@remembered.test>`);
    inContent.write(onTheWire(mail.content));
    const second = await inContent.reply();
    const third = await sendMail(idle, mail);
    // A login that was permitted is remembered for a minute, and this one is seconds old.
    const login = await openSubmission(cloud);

    expect([first.code, second.code, third.code]).toEqual([250, 250, 250]);
    expect(calls('postern-check-relay')).toBe(relaysBefore);
    expect(calls('postern-authenticate')).toBe(1);
    for (const client of [idle, inContent, inTransaction, login]) client.destroy();
  });

  it('what people read goes by the new calendar', async () => {
    const token = newToken();
    const client = await openSubmission(cloud);

    await sendMail(client, { to: `${token}@example.com`, content: messageWith(token) });

    const [mail] = [...mailAt(cloud.home, 'mta')].filter(({ octets }) => octets.includes(token));
    const date = /;\r\n\t([^\r\n]+)\r\n/.exec(mail?.octets.toString('latin1') ?? '')?.[1] ?? '';
    expect(Math.abs(Date.parse(date) - (Date.now() + shiftMs))).toBeLessThan(60_000);
    client.destroy();
  });
});

/** Has the domain's relay decision remembered; how often the function was asked by then. */
async function asked(client: { command: (line: string) => Promise<unknown> }, token: string): Promise<number> {
  await client.command('RCPT TO:<warm@example.com>');
  await client.command(`RCPT TO:<first-${token}@remembered.test>`);
  return calls('postern-check-relay');
}
