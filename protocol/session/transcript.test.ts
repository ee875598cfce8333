/** What the records keep of each command, so that people can see a session without a sniffer, and what they never keep. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandRecord, SessionEvent } from '../../policy/event.ts';
import { ALICE } from '../../test/support/answers.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function commandsOf(events: readonly SessionEvent[]): readonly CommandRecord[] {
  return events.flatMap((event) => ('commands' in event ? event.commands : []));
}

function play(...lines: readonly string[]): MachineDriver {
  const policy = testPolicy({ authentication: 'offered', authenticationRequiresTls: false });
  const driver = new MachineDriver({ policy });
  for (const line of lines) driver.send(`${line}\r\n`);
  driver.end();
  return driver;
}

/** The record of the one line that is sent after EHLO. */
function recordOf(line: string): CommandRecord | undefined {
  return commandsOf(play('EHLO c', line).events).find(({ verb }) => verb !== 'EHLO');
}

describe('the record of a command', () => {
  it('shows that AUTH went through, and none of what it said', () => {
    const driver = play('EHLO c', 'AUTH LOGIN', base64(ALICE.username), base64(ALICE.password));

    expect(commandsOf(driver.events)).toMatchObject([
      { verb: 'EHLO', line: 'EHLO c', reply: 250 },
      { verb: 'AUTH', line: 'AUTH LOGIN', reply: 334, answer: '' },
      { verb: 'AUTH', reply: 334, answer: '' },
      { verb: 'AUTH', reply: 235, answer: '2.7.0 Authentication succeeded' },
    ]);
    expect(commandsOf(driver.events)[2]).not.toHaveProperty('line');
  });

  it.each([
    ['auth plain AAAA', 'AUTH PLAIN'],
    [`AUTH ${base64('\0alice\0wonderland')}`, 'AUTH'],
    ['AUTH wonderland', 'AUTH'],
    ['AUTH', 'AUTH'],
    ['MAIL FROM:<a@example.com> SIZE=1', 'MAIL FROM:<a@example.com> SIZE=1'],
    ['NOOP \x07', 'NOOP'],
    ['VRFY bob', 'VRFY bob'],
  ])('of %j keeps %j', (line, kept) => {
    expect(recordOf(line)?.line).toBe(kept);
  });

  it('of an unknown verb keeps no line: a client out of step says its password so', () => {
    expect(recordOf(base64(ALICE.password))).not.toHaveProperty('line');
  });

  it('names the rule that decided', () => {
    expect(recordOf('VRFY bob')).toMatchObject({ reply: 502, rule: 'command#VRFY' });
  });

  it('keeps no more than 512 characters of a line', () => {
    const policy = testPolicy({}, [{ item: 'command#NOOP', maxOctets: 5000 }]);
    const driver = new MachineDriver({ policy });
    driver.send(`NOOP ${'x'.repeat(4000)}\r\n`);
    driver.end();

    expect(commandsOf(driver.events)[0]?.line).toHaveLength(512);
  });

  it('never holds a password, whatever the client makes of its login', () => {
    const shapes: readonly ((secret: string) => readonly string[])[] = [
      (secret) => [`AUTH PLAIN ${base64(`\0${ALICE.username}\0${secret}`)}`],
      (secret) => ['AUTH LOGIN', base64(ALICE.username), base64(secret)],
      (secret) => ['AUTH LOGIN', base64(ALICE.username), '*', base64(secret)],
      (secret) => [`AUTH ${base64(secret)}`],
      (secret) => ['AUTH NTLM', base64(secret)],
      (secret) => [`AUTH PLAIN ${base64(secret)}=`, base64(secret)],
    ];

    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40 }), fc.nat(shapes.length - 1), (secret, index) => {
        const lines = shapes[index]?.(`~${secret}~`) ?? [];
        const told = JSON.stringify(play('EHLO c', ...lines).events);

        expect(told).not.toContain(base64(`~${secret}~`).slice(0, 10));
        expect(told).not.toContain(JSON.stringify(`~${secret}~`).slice(1, -1));
      }),
    );
  });
});
