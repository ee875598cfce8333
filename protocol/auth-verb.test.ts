import { expect, it } from 'vitest';
import { MachineDriver } from '../test/support/machine-driver.ts';
import { testPolicy } from '../test/support/policy.ts';

const POLICY = testPolicy({ authentication: 'offered', authenticationRequiresTls: false });

it('a response of LOGIN that is no base64 ends the exchange', () => {
  const driver = new MachineDriver({ policy: POLICY });

  driver.send('EHLO c\r\nAUTH LOGIN\r\n!!!!\r\nNOOP\r\n');

  expect(driver.replies.slice(-3)).toEqual([
    '334 VXNlcm5hbWU6\r\n',
    '501 5.5.2 Cannot decode response\r\n',
    '250 2.0.0 OK\r\n',
  ]);
});

it('the event of a login keeps 256 characters of a name', () => {
  const driver = new MachineDriver({ policy: POLICY });

  driver.send(`EHLO c\r\nAUTH PLAIN ${Buffer.from(`\0${'a'.repeat(300)}\0b`).toString('base64')}\r\n`);

  expect(driver.events).toContainEqual(expect.objectContaining({ type: 'login', username: 'a'.repeat(256) }));
});
