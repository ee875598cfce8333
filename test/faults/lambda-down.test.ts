/** The Lambda endpoint is gone, or does not move: no decision and no event can be had. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import { line, logIn, messageWith, newToken, openSecured, openSubmission, sendMail } from '../support/cloud-session.ts';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await Cloud.start({ servers: ['submission'] });
});

afterAll(() => cloud.close());

it('down: 451 for a recipient, 454 for a login, and both go on when it is back, with no task restarted', async () => {
  const token = newToken();
  const proxy = cloud.part('submission');
  const stranger = await openSecured(cloud);
  // No one has logged in yet, and so nothing is remembered.
  await cloud.part('lambda').kill();
  const login = await logIn(stranger);
  await cloud.part('lambda').restart();
  const late = await logIn(stranger);
  await cloud.part('lambda').kill();
  const mail = { to: `${token}@down.test`, content: messageWith(token) };

  const refused = await sendMail(stranger, mail);
  await stranger.command('RSET');
  // Its login is remembered.
  const known = await openSubmission(cloud);
  await proxy.says('event-undelivered');
  await cloud.part('lambda').restart();
  const taken = await sendMail(stranger, mail);

  expect([login, late, refused, taken].map((reply) => reply.code)).toEqual([454, 235, 451, 250]);
  expect(line(refused)).toBe('451 4.3.0 Temporary failure, try again later');
  expect(copiesAt(cloud.home, 'ses', token)).toBe(1);
  const deferred = proxy.logged('decision-deferred');
  expect(deferred.map((each) => each.function)).toEqual(['postern-authenticate', 'postern-check-relay']);
  for (const each of deferred) expect(each.cause).toMatch(/ECONNREFUSED/);
  expect(await cloud.health('submission')).toMatchObject({ httpStatus: 200, status: 'ok' });
  expect(proxy.starts).toBe(1);
  known.destroy();
  stranger.destroy();
});

it('stopped: 451 after 3 s, and what was remembered is still decided', async () => {
  const token = newToken();
  const client = await openSubmission(cloud);
  await client.command('MAIL FROM:<alice@example.com>');
  const first = await client.command('RCPT TO:<a@remembered.test>');
  const skip = cloud.part('submission').lines.length;

  cloud.part('lambda').stop();
  const remembered = await client.command('RCPT TO:<b@remembered.test>');
  const late = await client.command(`RCPT TO:<${token}@stopped.test>`);
  cloud.part('lambda').resume();
  const again = await client.command(`RCPT TO:<${token}@stopped.test>`);

  expect([first, remembered, late, again].map((reply) => reply.code)).toEqual([250, 250, 451, 250]);
  const [logged] = cloud.part('submission').logged('decision-deferred', skip);
  expect(logged?.cause).toMatch(/no answer in 3000 ms/);
  client.destroy();
});
