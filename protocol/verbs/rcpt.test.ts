/** What a refused recipient leaves behind: in the session, and in its events. */
import { expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import { refused, willingHop } from '../../test/support/answers.ts';
import { type DriverOptions, MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

function afterRecipients(recipients: readonly string[], options: DriverOptions = {}): MachineDriver {
  const driver = new MachineDriver(options);
  driver.send(`EHLO c\r\nMAIL FROM:<>\r\n${recipients.map((path) => `RCPT TO:<${path}>\r\n`).join('')}`);
  return driver;
}

function refusalRules(driver: MachineDriver): string[] {
  return driver.events.flatMap((event) => (event.type === 'refusal' ? [event.rule] : []));
}

it('a transaction has no recipient until one is taken', () => {
  expect(afterRecipients(['bob@elsewhere.example']).session.state).toBe('mail');
  expect(afterRecipients(['bob@example.com', 'bob@elsewhere.example']).session.state).toBe('rcpt');
});

it('a relay decision that refuses is an event, by its rule', () => {
  expect(refusalRules(afterRecipients(['bob@elsewhere.example']))).toEqual(['relay-domains']);
});

it('neither a hop that knows no such mailbox nor a decision that is deferred is a refusal by policy', () => {
  const hop = { code: 550, enhanced: '5.1.1', text: 'No such user' };
  const unknown = afterRecipients(['bob@example.com'], {
    answers: { hop: (request) => (request.kind === 'recipient' ? refused(hop) : willingHop(request)) },
  });
  const deferred = afterRecipients(['bob@example.com'], {
    answers: { checkRelay: () => ({ kind: 'defer', reply: REPLIES.decisionDeferred }) },
  });

  expect(refusalRules(unknown)).toEqual([]);
  expect(refusalRules(deferred)).toEqual([]);
});

it('each recipient is in the event of the transaction with its reply, its rule and the hop that was asked', () => {
  const driver = afterRecipients(['bob@elsewhere.example', 'bob@example.com']);

  driver.send('RSET\r\n');

  expect(driver.events.find(({ type }) => type === 'transaction')).toMatchObject({
    recipients: [
      { address: 'bob@elsewhere.example', reply: 550, rule: 'relay-domains' },
      { address: 'bob@example.com', reply: 250, rule: 'domain#example.com', nextHop: expect.any(String) },
    ],
  });
});

it('a decision that is deferred is told as such', () => {
  const driver = afterRecipients(['bob@example.com'], {
    answers: { checkRelay: () => ({ kind: 'defer', reply: REPLIES.decisionDeferred }) },
  });

  driver.send('RSET\r\n');

  expect(driver.events.find(({ type }) => type === 'transaction')).toMatchObject({
    verdict: 'deferred',
    recipients: [{ reply: 451, rule: 'check-relay' }],
  });
});

it('of refused recipients two hundred are kept', () => {
  const policy = testPolicy({ maxErrors: 1000 });
  const driver = afterRecipients(new Array<string>(250).fill('bob@elsewhere.example'), { policy });

  driver.send('RSET\r\n');

  const event = driver.events.find((candidate) => candidate.type === 'transaction');
  expect(event?.type === 'transaction' && event.recipients.length).toBe(200);
});
