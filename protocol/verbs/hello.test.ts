import { expect, it } from 'vitest';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

// RFC 5321 section 4.5.3.1.2.
it.each([
  ['EHLO', 255, '250'],
  ['EHLO', 256, '501'],
  ['HELO', 255, '250'],
  ['HELO', 256, '501'],
])('%s with a name of %i octets is answered %s', (verb, octets, code) => {
  const driver = new MachineDriver({ policy: testPolicy({ commandProfile: 'rfc5321' }) });

  driver.send(`${verb} ${'c'.repeat(octets)}\r\n`);

  expect(driver.replies.at(-1)?.slice(0, 3)).toBe(code);
});
