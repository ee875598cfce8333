import { expect, it } from 'vitest';
import { MachineDriver } from '../../test/support/machine-driver.ts';

it('RSET before EHLO is taken and stands for no EHLO', () => {
  const driver = new MachineDriver();

  driver.send('RSET\r\nMAIL FROM:<>\r\n');

  expect(driver.replies.slice(-2)).toEqual(['250 2.0.0 OK\r\n', '503 5.5.1 Send EHLO first\r\n']);
});

it('QUIT closes as a client wants it that sends nothing more; any other end does not', () => {
  const quit = new MachineDriver();
  const gone = new MachineDriver();

  quit.send('QUIT\r\n');
  gone.end();

  expect(quit.trace).toContain('close {"kind":"close","hasQuit":true}');
  expect(gone.trace).toContain('close {"kind":"close"}');
});
