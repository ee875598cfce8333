/** The server leaves: a session ends as soon as no transaction is under way (RFC 5321 section 3.8). */
import { expect, it } from 'vitest';
import { authenticateAlice } from '../../test/support/answers.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const SHUTTING_DOWN = '421 4.3.2 Service shutting down, closing connection\r\n';
const TO_CONTENT = 'EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';

function leave(driver: MachineDriver): void {
  driver.session.shutDown(driver.nowMs);
  driver.settle();
}

it.each([
  ['RSET', 'EHLO c\r\nMAIL FROM:<>\r\n', 'RSET\r\n', '250 2.0.0 OK\r\n'],
  ['a message that was taken', TO_CONTENT, 'x\r\n.\r\n', '250 2.0.0 OK S.1\r\n'],
  ['a message that was refused', TO_CONTENT, 'x\ny\r\n.\r\n', '550 5.6.0 Message has a bare LF in line 1\r\n'],
])('ends after %s', (_what, before, octets, reply) => {
  const driver = new MachineDriver();
  driver.send(before);
  leave(driver);
  expect(driver.session.isClosed).toBe(false);

  driver.send(octets);

  expect(driver.replies.slice(-2)).toEqual([reply, SHUTTING_DOWN]);
  expect(driver.events.at(-1)).toMatchObject({ type: 'session', ending: 'shutdown' });
});

it('ends after a login that was being decided', () => {
  const policy = testPolicy({ authentication: 'offered', authenticationRequiresTls: false });
  const driver = new MachineDriver({ policy, answers: { authenticate: () => undefined } });
  driver.send('EHLO c\r\nAUTH PLAIN AGFsaWNlQGV4YW1wbGUuY29tAHdvbmRlcmxhbmQ=\r\n');
  leave(driver);
  expect(driver.session.isClosed).toBe(false);

  const alice = authenticateAlice({ username: 'alice@example.com', password: 'wonderland' });
  driver.session.receiveAuthentication(alice, driver.nowMs);
  driver.settle();

  expect(driver.replies.slice(-2)).toEqual(['235 2.7.0 Authentication succeeded\r\n', SHUTTING_DOWN]);
});

it('gives up what is under way when its time is over, and says so in the event', () => {
  const driver = new MachineDriver();
  driver.send('EHLO c\r\nMAIL FROM:<>\r\n');

  driver.session.giveUp(driver.nowMs);
  driver.settle();

  expect(driver.replies.at(-1)).toBe(SHUTTING_DOWN);
  expect(driver.events.map(({ type }) => type)).toEqual(['transaction', 'session']);
  expect(driver.events[0]).toMatchObject({ verdict: 'abandoned', rule: 'shutdown' });
});
