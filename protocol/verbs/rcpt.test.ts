/** What a refused recipient leaves behind: in the session, and in its events. */
import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import { type Answers, refused, taken, willingHop } from '../../test/support/answers.ts';
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

it.each(['TO:<bob@example.com> =x', 'TO:<bob@example.com> A=b=c'])('a RCPT %s is a syntax error', (argument) => {
  const driver = afterRecipients([]);

  driver.send(`RCPT ${argument}\r\n`);

  expect(driver.replies.at(-1)).toBe('501 5.5.4 Syntax error in arguments\r\n');
});

it('of refused recipients two hundred are kept', () => {
  const policy = testPolicy({ maxErrors: 1000 });
  const driver = afterRecipients(new Array<string>(250).fill('bob@elsewhere.example'), { policy });

  driver.send('RSET\r\n');

  const event = driver.events.find((candidate) => candidate.type === 'transaction');
  expect(event?.type === 'transaction' && event.recipients.length).toBe(200);
});

describe('a group of recipients', () => {
  const OPEN: Partial<Answers> = { hop: () => undefined };

  /** Sizes of the questions about relay. */
  function groupsOf(driver: MachineDriver): number[] {
    const asked = driver.trace.filter((effect) => effect.startsWith('check-relay '));
    return asked.map(
      (effect) => (JSON.parse(effect.slice('check-relay '.length)) as { recipients: string[] }).recipients.length,
    );
  }

  it('is what stands whole in what was read, up to the first other command', () => {
    const driver = afterRecipients(['a@example.com', 'b@example.com']);

    driver.send('RCPT TO:<c@example.com>\r\nRCPT TO:<d@example.com>\r\nRCPT TO:<e@exam');
    driver.send('ple.com>\r\nRCPT TO:<f@example.com>\r\nNOOP\r\nRCPT TO:<g@example.com>\r\n');

    expect(groupsOf(driver)).toEqual([2, 2, 2, 1]);
  });

  it.each(['RCPX TO:<c@example.com>', 'RSET TO:<c@example.com>'])('is not joined by %s', (line) => {
    const driver = afterRecipients(['a@example.com']);

    driver.send(`RCPT TO:<b@example.com>\r\n${line}\r\n`);

    expect(driver.asked).toEqual(['b@example.com']);
    expect(driver.replies.at(-1)).toMatch(/^50[01] /);
  });

  it.each([
    [0, [2]],
    [1, [1]],
  ])('is joined by a line of the limit, and not by one that is longer: %i octets beyond', (beyond, groups) => {
    const path = 'bob@example.com';
    const policy = testPolicy({}, [{ item: 'command#RCPT', maxOctets: `RCPT TO:<${path}>\r\n`.length }]);

    const driver = afterRecipients([path, `${'b'.repeat(beyond)}${path}`], { policy });

    expect(groupsOf(driver)).toEqual(groups);
    expect(driver.replies.at(-1)?.slice(0, 3)).toBe(beyond === 0 ? '250' : '500');
  });

  it('has a hundred members at most', () => {
    const policy = testPolicy({ maxRecipients: 1000, maxUnknownRecipients: 1000 });

    expect(groupsOf(afterRecipients(new Array<string>(250).fill('a@example.com'), { policy }))).toEqual([100, 100, 50]);
  });

  it('of a stranger has no more than may be unknown before the session is closed', () => {
    const recipients = new Array<string>(12).fill('a@example.com');
    const policy = testPolicy({ maxUnknownRecipients: 5 }, [{ item: 'client#127.0.0.0/8', access: 'relay' }]);

    expect(groupsOf(afterRecipients(recipients, { policy: testPolicy({ maxUnknownRecipients: 5 }) }))).toEqual([5, 7]);
    expect(groupsOf(afterRecipients(recipients, { policy }))).toEqual([12]);
  });

  it('takes no octet and has no deadline while hops are asked, whoever is answered already', () => {
    const driver = afterRecipients(['a@example.com', 'b@elsewhere.example', 'c@example.com', 'd@example.com'], {
      answers: OPEN,
    });
    driver.session.receiveHopAnswer(taken(REPLIES.recipientOk), driver.nowMs);
    driver.settle();

    expect(driver.replies.slice(-2).map((reply) => reply.slice(0, 3))).toEqual(['250', '550']);
    expect(driver.session.isWaiting).toBe(true);
    expect(driver.session.deadline()).toBeUndefined();
    expect(driver.session.receiveClient(Buffer.from('NOOP\r\n'), 0, driver.nowMs)).toBe(0);
  });

  it.each(['reset', 'leave'] as const)(
    'half answered ends with its session (%s), and takes late answers without a stir',
    (how) => {
      const driver = afterRecipients(['a@example.com', 'b@example.com', 'c@example.com'], { answers: OPEN });
      const { session, nowMs } = driver;
      session.receiveHopAnswer(taken(REPLIES.recipientOk), nowMs);
      driver.settle();

      if (how === 'reset') session.receiveReset(nowMs);
      else session.giveUp(nowMs);
      session.receiveHopAnswer(taken(REPLIES.recipientOk), nowMs);
      driver.settle();

      expect(session.isClosed).toBe(true);
      expect(driver.hop.lines.at(-1)).toBe('ABANDON');
      expect(driver.events.find(({ type }) => type === 'transaction')).toMatchObject({
        verdict: 'abandoned',
        recipients: [{ address: 'a@example.com', reply: 250 }],
      });
    },
  );
});
