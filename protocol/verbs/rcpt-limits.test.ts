/** The limits that recipients run into: of a transaction, of guesses, of errors; exactly at each and one beyond it. */
import { describe, expect, it } from 'vitest';
import type { CheckRelayDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import { type Answers, refused, WILLING, willingHop } from '../../test/support/answers.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const MAIL = 'EHLO c\r\nMAIL FROM:<>\r\n';

function rcpt(...paths: readonly string[]): string {
  return paths.map((path) => `RCPT TO:<${path}>\r\n`).join('');
}

/** A hop that answers recipients by the code that their local part says, and all else well. */
const BY_CODE: Partial<Answers> = {
  hop(request) {
    const code = request.kind === 'recipient' ? Number.parseInt(request.forwardPath, 10) : 250;
    return code < 400 ? willingHop(request) : refused({ code, enhanced: `${code < 500 ? 4 : 5}.1.1`, text: 'No' });
  },
};

/** A relay rule that answers by the code that the local part says; 250 permits. */
const RELAY_BY_CODE: Partial<Answers> = {
  checkRelay(question, policy): CheckRelayDecision | undefined {
    const code = Number.parseInt(question.recipient, 10);
    const reply = { code, enhanced: `${code < 500 ? 4 : 5}.7.1`, text: 'No' };
    if (code < 400) return WILLING.checkRelay(question, policy);
    if (code < 500) return { kind: 'defer', reply };
    return { kind: 'reject', reply, scope: 'recipient', cacheSeconds: 0, rule: 'relay-domains' };
  },
};

/** Codes of the replies to RCPT, in their order, and of what ended the session. */
function codesAfter(driver: MachineDriver): string {
  return driver.replies
    .slice(3)
    .map((reply) => reply.slice(0, 3))
    .join(' ');
}

function refusals(driver: MachineDriver): object[] {
  return driver.events.filter(({ type }) => type === 'refusal');
}

describe('maxRecipients', () => {
  const policy = testPolicy({ maxRecipients: 2, maxUnknownRecipients: 20 });

  it.each<[claim: string, flight: string, codes: string]>([
    ['does not count what a hop refused before any is taken', rcpt(...Array(3).fill('550@example.com')), '550 550 550'],
    ['takes as many all the same after those', rcpt('550@example.com', '250@example.com'), '550 250'],
    ['counts what is taken', rcpt(...Array(3).fill('250@example.com')), '250 250 452'],
    [
      'counts what a hop refused of a stranger beside a good one',
      rcpt('250@example.com', '550@example.com', '550@example.com'),
      '250 550 452',
    ],
  ])('%s', (_claim, flight, codes) => {
    const driver = new MachineDriver({ policy, answers: BY_CODE });

    driver.send(MAIL + flight);

    expect(codesAfter(driver)).toBe(codes);
  });

  it('is told as a refusal once a transaction, with the recipient that was one too many', () => {
    const driver = new MachineDriver({ policy });

    driver.send(MAIL + rcpt('a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'));
    driver.send(`RSET\r\nMAIL FROM:<>\r\n${rcpt('e@example.com', 'f@example.com', 'postmaster')}`);

    const common = { rule: 'settings#maxRecipients', limit: 2, verb: 'RCPT' };
    expect(refusals(driver)).toEqual([
      expect.objectContaining({ ...common, recipient: 'c@example.com' }),
      expect.objectContaining({ ...common, recipient: 'postmaster' }),
    ]);
  });

  it('names no recipient where a source route is one too many', () => {
    const driver = new MachineDriver({ policy });

    driver.send(MAIL + rcpt('a@example.com', 'b@example.com', '@r.example:c@example.com'));

    expect(refusals(driver)).toEqual([expect.objectContaining({ rule: 'settings#maxRecipients' })]);
    expect(refusals(driver)[0]).not.toHaveProperty('recipient');
  });
});

describe('maxUnknownRecipients', () => {
  const policy = testPolicy({ maxUnknownRecipients: 2 });

  it.each<[claim: string, flight: string, codes: string]>([
    ['ends the session of a stranger', rcpt('550@example.com', '550@example.com'), '550 421'],
    ['is for replies from 500 on', rcpt('500@example.com', '500@example.com'), '500 421'],
    [
      'does not count what a hop puts off',
      rcpt('450@example.com', '499@example.com', '450@example.com', '550@example.com'),
      '450 499 450 550',
    ],
    [
      'is met by no reply that puts off, whatever was refused in transactions before',
      `${rcpt('250@example.com', '550@example.com', '550@example.com')}RSET\r\nMAIL FROM:<>\r\n${rcpt('450@example.com')}`,
      '250 550 550 250 250 450',
    ],
  ])('%s', (_claim, flight, codes) => {
    const driver = new MachineDriver({ policy, answers: BY_CODE });

    driver.send(MAIL + flight);

    expect(codesAfter(driver)).toBe(codes);
  });
});

// A reply of class 5 by policy is an error of the client; after the last that it may make no hop is asked.
describe('maxErrors', () => {
  it.each<[claim: string, maxErrors: number, recipients: readonly string[], codes: string, asked: number]>([
    ['counts a refusal by policy', 1, ['550@example.com', '250@example.com'], '421', 0],
    ['counts one of code 500', 1, ['500@example.com', '250@example.com'], '421', 0],
    ['leaves the one before to be asked for', 1, ['250@example.com', '550@example.com'], '250 421', 1],
    ['does not count what is put off', 1, ['451@example.com', '499@example.com', '250@example.com'], '451 499 250', 1],
    ['lets one fewer pass', 2, ['550@example.com', '250@example.com'], '550 250', 1],
  ])('%s in a group', (_claim, maxErrors, recipients, codes, asked) => {
    const driver = new MachineDriver({ policy: testPolicy({ maxErrors }), answers: RELAY_BY_CODE });

    driver.send(MAIL + rcpt(...recipients));

    expect(codesAfter(driver)).toBe(codes);
    expect(driver.hop.lines.filter((line) => line.startsWith('RCPT'))).toHaveLength(asked);
  });
});

it.each([
  [499, 0],
  [500, 1],
])('a relay decision with %i makes %i refusals', (code, count) => {
  const driver = new MachineDriver({ answers: RELAY_BY_CODE });

  driver.send(MAIL + rcpt(`${code}@example.com`));

  expect(refusals(driver)).toHaveLength(count);
});

describe('relay decisions', () => {
  const UNDECIDED: Partial<Answers> = { checkRelay: () => undefined };

  it('that are fewer than the recipients are a fault of ours, and no recipient is asked for', () => {
    const driver = new MachineDriver({ answers: UNDECIDED });
    driver.send(MAIL + rcpt('a@example.com'));

    expect(() => driver.session.receiveRelayDecisions([], driver.nowMs)).toThrow(
      'Recipients were asked for, and not all decided',
    );
    expect(driver.hop.lines).toEqual([]);
  });

  it('that refuse all leave nothing to ask of a hop', () => {
    const driver = new MachineDriver({ answers: UNDECIDED });
    driver.send(MAIL + rcpt('a@example.com'));

    driver.session.receiveRelayDecisions([{ kind: 'defer', reply: REPLIES.decisionDeferred }], driver.nowMs);

    const kinds = [];
    for (let effect = driver.session.nextEffect(); effect !== undefined; effect = driver.session.nextEffect()) {
      kinds.push(effect.kind);
    }
    expect(kinds).toEqual(['reply']);
  });
});
