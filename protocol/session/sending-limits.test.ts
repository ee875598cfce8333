/** An identity's sending limits are asked once a message, between its last octet and the next hop's terminator. */
import { describe, expect, it } from 'vitest';
import type { CheckLimitsDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import { ALICE, type LimitsQuestion, permitLogin, WILLING } from '../../test/support/answers.ts';
import { MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';

const LOGIN = `AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`;
const ENVELOPE = 'MAIL FROM:<alice@example.com>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n';
const LIMITS = { messagesPerHour: 1 };
const OVER: CheckLimitsDecision = {
  kind: 'reject',
  reply: REPLIES.sendingLimitReached,
  rule: 'user#limits.messagesPerHour',
  limit: 1,
};

interface Bed {
  readonly driver: MachineDriver;
  readonly asked: LimitsQuestion[];
}

/** A session that has said DATA; `decide` left out leaves the question open. */
function begin(limits: Readonly<Record<string, number>>, decide?: () => CheckLimitsDecision): Bed {
  const asked: LimitsQuestion[] = [];
  const checkLimits = (question: LimitsQuestion): CheckLimitsDecision | undefined => {
    asked.push(question);
    return decide?.();
  };
  const authenticate = () => permitLogin(ALICE.username, ['*'], { limits });
  const policy = testPolicy({ authentication: 'required', authenticationRequiresTls: false });
  const driver = new MachineDriver({ policy, answers: { ...WILLING, authenticate, checkLimits } });
  driver.send(`EHLO c\r\n${LOGIN}${ENVELOPE}DATA\r\n`);
  return { driver, asked };
}

describe('sending limits', () => {
  it('are asked with the recipients that were taken, and the message goes on', () => {
    const { driver, asked } = begin(LIMITS, () => ({ kind: 'permit' }));

    driver.send('x\r\n.\r\n');

    expect(asked).toMatchObject([{ identity: ALICE.username, recipients: 2, limits: LIMITS }]);
    expect(driver.replies.at(-1)).toMatch(/^250 2\.0\.0 OK /);
  });

  it('are not asked of an identity without any', () => {
    const { driver, asked } = begin({}, () => OVER);

    driver.send('x\r\n.\r\n');

    expect(asked).toEqual([]);
    expect(driver.replies.at(-1)).toMatch(/^250 2\.0\.0 OK /);
  });

  it('are not asked for a message that is refused anyway', () => {
    const { driver, asked } = begin(LIMITS, () => OVER);

    driver.send('x\ry\r\n.\r\n');

    expect(asked).toEqual([]);
    expect(driver.replies.at(-1)).toMatch(/^550 5\.6\.0 /);
  });

  it('hold the message back from the next hop while they are asked', () => {
    const { driver } = begin(LIMITS);

    driver.send('x\r\n.\r\nNOOP\r\n');

    expect(driver.session.state).toBe('counting');
    expect(driver.session.deadline()).toBeUndefined();
    expect(driver.hop.messages).toEqual([]);
    expect(driver.replies.at(-1)).toMatch(/^354 /);
  });

  it('refuse the message for now when they are reached, name the limit, and let the session go on', () => {
    const { driver } = begin(LIMITS, () => OVER);

    driver.send('x\r\n.\r\nNOOP\r\n');

    expect(driver.replies.slice(-2)).toEqual([
      '450 4.7.1 Sending limit reached, try again later\r\n',
      '250 2.0.0 OK\r\n',
    ]);
    expect(driver.hop.messages).toEqual([]);
    expect(driver.hop.lines).toContain('ABANDON');
    expect(driver.events).toContainEqual(
      expect.objectContaining({ type: 'limit', rule: 'user#limits.messagesPerHour', limit: 1 }),
    );
    expect(driver.events).toContainEqual(
      expect.objectContaining({ type: 'transaction', verdict: 'deferred', rule: 'user#limits.messagesPerHour' }),
    );
  });

  it('defer the message when no one knows', () => {
    const { driver } = begin(LIMITS, () => ({ kind: 'defer', reply: REPLIES.decisionDeferred }));

    driver.send('x\r\n.\r\n');

    expect(driver.replies.at(-1)).toMatch(/^451 4\.3\.0 /);
    expect(driver.events).not.toContainEqual(expect.objectContaining({ type: 'limit' }));
    expect(driver.events).toContainEqual(
      expect.objectContaining({ type: 'transaction', verdict: 'deferred', rule: 'check-limits' }),
    );
  });

  it('hand nothing on when the client goes away while they are asked', () => {
    const { driver } = begin(LIMITS);
    driver.send('x\r\n.\r\n');

    driver.session.receiveReset(driver.nowMs);
    driver.session.receiveLimitsDecision({ kind: 'permit' }, driver.nowMs);

    expect(driver.session.isClosed).toBe(true);
    expect(driver.hop.messages).toEqual([]);
  });
});
