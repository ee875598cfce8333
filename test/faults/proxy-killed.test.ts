/** The edge proxy is killed under load: what it had answered 250 is at its hop, and its clients come back to a new one. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { mailAt } from '../support/cloud-mail.ts';
import { messageWith, newToken, openInbound, openSubmission, sendMail } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';
import type { SmtpClient } from '../support/smtp-client.ts';

const CLIENTS = 8;
const ROUNDS = 2;

let cloud: Cloud;

beforeAll(async () => {
  cloud = await Cloud.start();
});

afterAll(() => cloud.close());

/** Sends until the session is lost; adds what was answered 250 to `accepted`. */
async function sendUntilLost(client: SmtpClient, domain: string, accepted: Set<string>): Promise<void> {
  for (;;) {
    const token = newToken();
    const mail = { to: `${token}@${domain}`, content: messageWith(token, 20_000) };
    const reply = await sendMail(client, mail).catch(() => undefined);
    if (reply === undefined) return;
    if (reply.code === 250) accepted.add(token);
  }
}

function tokensAt(hop: 'mta' | 'ses'): Set<string> {
  const tokens = new Set<string>();
  for (const { rcptTo } of mailAt(cloud.home, hop)) for (const to of rcptTo) tokens.add(to.split('@')[0] ?? '');
  return tokens;
}

describe.each([
  { server: 'inbound', domain: 'example.com', hop: 'mta', open: openInbound },
  { server: 'submission', domain: 'elsewhere.test', hop: 'ses', open: openSubmission },
] as const)('$server is killed under load', ({ server, domain, hop, open }) => {
  it(`and every message that it answered 250 is at ${hop}`, async () => {
    const accepted = new Set<string>();

    for (let round = 1; round <= ROUNDS; round += 1) {
      const clients = await Promise.all(Array.from({ length: CLIENTS }, () => open(cloud)));
      const before = accepted.size;
      const sending = Promise.all(clients.map((client) => sendUntilLost(client, domain, accepted)));
      await until('mail flows', () => accepted.size > before + 3 * CLIENTS);
      // Not in step with any of them.
      await delay(Math.random() * 20);
      await cloud.part(server).kill();
      await sending;
      await cloud.part(server).restart();
    }

    const there = tokensAt(hop);
    expect([...accepted].filter((token) => !there.has(token))).toEqual([]);
    expect(accepted.size).toBeGreaterThan(ROUNDS * 3 * CLIENTS);
  });
});
