import { describe, expect, it } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES } from '../../policy/reply.ts';
import { ALICE, type Answers, permitLogin, refused, taken, willingHop } from '../../test/support/answers.ts';
import { type DriverOptions, MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { SEGMENTATIONS } from '../../test/support/segmentation.ts';
import type { ContentExtension, HopAnswer } from '../hop/hop-answer.ts';
import type { Effect } from '../session/effect.ts';

const TO_RCPT = 'EHLO c\r\nMAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\n';
const TO_CONTENT = `${TO_RCPT}DATA\r\n`;
const NO_SUCH_USER = { code: 550, enhanced: '5.1.1', text: 'No such user' };
const TOO_MANY_ERRORS = /^421 4\.7\.0 /;

// The start of content is held until it is known to be no mbox line, and may be so when a fault ends the transaction.
describe.each(SEGMENTATIONS)('content with a fault in a start that is held, input $name', (segmentation) => {
  it.each(['>\nx\r\n.\r\n', 'From a\r\n>From b\r\n>\n>\r\n.\r\n', 'Fr\0\r\n.\r\n'])(
    '%j is not handed on',
    (content) => {
      const driver = new MachineDriver({ segmentation });

      driver.send(TO_CONTENT + content);

      const abandoned = driver.trace.findIndex((text) => text.startsWith('abandon'));
      expect(abandoned).toBeGreaterThan(-1);
      expect(driver.trace.slice(abandoned).filter((text) => text.startsWith('content'))).toEqual([]);
      expect(driver.replies.at(-1)).toMatch(/^550 5\.6\.0 /);
    },
  );
});

/** A hop that answers one step of a transaction so, and takes all else. */
function hopThat(kind: 'recipient' | 'content' | 'finish', answer: HopAnswer): Partial<Answers> {
  return { hop: (request) => (request.kind === kind ? answer : willingHop(request)) };
}

function driverAfter(octets: string, options: DriverOptions = {}): MachineDriver {
  const driver = new MachineDriver(options);
  driver.send(octets);
  return driver;
}

function eventsOf(driver: MachineDriver, type: 'refusal' | 'transaction'): object[] {
  return driver.events.filter((event) => event.type === type);
}

describe('DATA without a recipient', () => {
  const policy = testPolicy({ maxErrors: 2 });

  it('is an error of a client whose recipients policy refused', () => {
    const driver = driverAfter(`${TO_RCPT.replace('bob@example.com', 'bob@elsewhere.example')}DATA\r\n`, { policy });

    expect(driver.replies.at(-1)).toMatch(TOO_MANY_ERRORS);
  });

  it('is no error of a client whose recipients the hop refused', () => {
    const answers = hopThat('recipient', refused(NO_SUCH_USER));

    const driver = driverAfter(`${TO_RCPT}DATA\r\nDATA\r\nDATA\r\n`, { policy, answers });

    expect(driver.replies.slice(-3)).toEqual(Array(3).fill('554 5.5.1 No valid recipients\r\n'));
  });
});

it('our Received field is marked as ours, and what the client sent is not', () => {
  const driver = driverAfter(TO_CONTENT, {
    answers: { hop: (r) => (r.kind === 'content' ? undefined : willingHop(r)) },
  });
  const { session, nowMs } = driver;

  session.receiveHopAnswer(taken(REPLIES.startMail), nowMs);
  session.receiveClient(Buffer.from('Subject: x\r\n\r\nx\r\n.\r\n'), 0, nowMs);

  const effects: Effect[] = [];
  for (let effect = session.nextEffect(); effect !== undefined; effect = session.nextEffect()) effects.push(effect);
  const contents = effects.flatMap((effect) => (effect.kind === 'content' ? [effect] : []));
  expect(contents.map(({ isTrace }) => isTrace)).toEqual([true, ...Array(contents.length - 1).fill(undefined)]);
  expect(contents.length).toBeGreaterThan(1);
});

// What MAIL named, what the hop lacks of it, and what the content holds.
describe('octets above 0x7F', () => {
  const HEADER = 'Subject: \xc3\xbc\r\n\r\nx\r\n.\r\n';
  const BODY = 'Subject: x\r\n\r\n\xc3\xbc\r\n.\r\n';

  it.each<[named: string, lacks: ContentExtension[], part: string, content: string, reply: string]>([
    ['BODY=8BITMIME SMTPUTF8', ['8BITMIME'], 'header', HEADER, '250 2.0.0'],
    ['BODY=8BITMIME SMTPUTF8', ['8BITMIME'], 'body', BODY, '554 5.6.3'],
    ['BODY=8BITMIME SMTPUTF8', ['SMTPUTF8'], 'header', HEADER, '554 5.6.7'],
    ['BODY=8BITMIME SMTPUTF8', ['SMTPUTF8'], 'body', BODY, '250 2.0.0'],
    ['BODY=8BITMIME', ['8BITMIME'], 'header', HEADER, '554 5.6.7'],
    ['BODY=8BITMIME', ['8BITMIME'], 'body', BODY, '554 5.6.3'],
  ])('after %s, with a hop that lacks %j, in the %s are answered', (named, lacks, _part, content, reply) => {
    const answers = hopThat('recipient', { ...taken(REPLIES.recipientOk), lacks });

    const driver = driverAfter(TO_CONTENT.replace('>\r\n', `> ${named}\r\n`) + content, { answers });

    expect(driver.replies.at(-1)?.slice(0, 9)).toBe(reply);
  });
});

describe('the From field', () => {
  const CHECKED = { checkHeaderFrom: true, authentication: 'offered', authenticationRequiresTls: false } as const;
  const LOGIN = `AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`;
  const FOREIGN = 'From: carol@example.com\r\n\r\n';

  function asUser(senders: readonly string[], content: string, settings: PolicyAttributes = {}): MachineDriver {
    return driverAfter(TO_CONTENT.replace('\r\n', `\r\n${LOGIN}`) + content, {
      policy: testPolicy({ ...CHECKED, ...settings }),
      answers: { authenticate: () => permitLogin(ALICE.username, senders) },
    });
  }

  it('of who has not logged in is not judged', () => {
    const driver = driverAfter(`${TO_CONTENT}${FOREIGN}.\r\n`, { policy: testPolicy(CHECKED) });

    expect(driver.replies.at(-1)).toMatch(/^250 /);
  });

  it('may be missing where the user may send as anybody, and else not', () => {
    expect(asUser(['*'], 'Subject: x\r\n\r\n.\r\n').replies.at(-1)).toMatch(/^250 /);
    expect(asUser([ALICE.username], 'Subject: x\r\n\r\n.\r\n').replies.at(-1)).toMatch(/^550 5\.7\.1 /);
  });

  it('that names another ends what the hop gets, and is answered at the end of data', () => {
    const driver = asUser([ALICE.username], FOREIGN);
    expect(driver.trace.at(-1)).toMatch(/^abandon /);

    driver.send('body\r\n.\r\n');

    expect(driver.trace.filter((text) => text.includes('body'))).toEqual([]);
    expect(driver.replies.at(-1)).toMatch(/^550 5\.7\.1 /);
    expect(eventsOf(driver, 'refusal')).toEqual([
      expect.objectContaining({ rule: 'settings#checkHeaderFrom', verb: 'DATA', octets: FOREIGN.length + 6 }),
    ]);
  });

  it('that names another is only reported where the server reports, with the octets of the message', () => {
    const driver = asUser([ALICE.username], `${FOREIGN}body\r\n.\r\n`, { reportOnly: true });

    expect(driver.replies.at(-1)).toMatch(/^250 /);
    expect(driver.hop.messages[0]?.content).toContain(`${FOREIGN}body\r\n`);
    expect(eventsOf(driver, 'refusal')).toEqual([
      expect.objectContaining({
        rule: 'settings#checkHeaderFrom',
        verb: 'DATA',
        octets: FOREIGN.length + 6,
        reportOnly: true,
      }),
    ]);
  });
});

it.each([
  ['a bare newline', 'x\ny\r\n.\r\n', '550 5.6.0'],
  ['too many octets', `${'x'.repeat(100)}\r\n.\r\n`, '552 5.3.4'],
])('content with %s is refused where the server only reports, too', (_claim, content, reply) => {
  const policy = testPolicy({ reportOnly: true, maxMessageOctets: 50 });

  const driver = driverAfter(TO_CONTENT + content, { policy });

  expect(driver.replies.at(-1)?.slice(0, 9)).toBe(reply);
  expect(eventsOf(driver, 'refusal')).toEqual([expect.not.objectContaining({ reportOnly: true })]);
  expect(driver.hop.messages).toEqual([]);
});

describe.each(SEGMENTATIONS)('the Message-ID in the event of a transaction, input $name', (segmentation) => {
  it.each([
    ['of a header with a body', 'Message-ID: <1@c.example>\r\nSubject: x\r\n\r\nMessage-ID: <2@c.example>\r\n'],
    ['of a header alone', 'Subject: x\r\nMessage-ID: <1@c.example>\r\n'],
  ])('is the one %s', (_claim, content) => {
    const driver = driverAfter(`${TO_CONTENT}${content}.\r\n`, { segmentation });

    expect(eventsOf(driver, 'transaction')).toEqual([expect.objectContaining({ messageId: '1@c.example' })]);
  });

  it('is absent where the client goes in the middle of it', () => {
    const driver = driverAfter(`${TO_CONTENT}Message-ID: <1@c.exam`, { segmentation });

    driver.reset();

    expect(eventsOf(driver, 'transaction')).toEqual([expect.objectContaining({ verdict: 'abandoned' })]);
    expect(eventsOf(driver, 'transaction')[0]).not.toHaveProperty('messageId');
  });
});

// A screening rule's refusal is policy; a hop's, or what keeps us from it, is not.
describe('the answer at the end of data', () => {
  const SCREEN = { matches: [], reported: [], structure: [], parts: [] };
  const CONTENT = 'x\r\n.\r\n';
  const refusalsAfter = (answer: HopAnswer) =>
    eventsOf(driverAfter(TO_CONTENT + CONTENT, { answers: hopThat('finish', answer) }), 'refusal');

  it('by a screening rule that refuses is a refusal, with its rule and the octets of the message', () => {
    const screen = { ...SCREEN, action: 'refuse', rule: 'screen#1' } as const;

    const events = refusalsAfter({ reply: REPLIES.screenRefused, isTaken: false, rule: 'screen#1', screen });

    expect(events).toEqual([expect.objectContaining({ rule: 'screen#1', verb: 'DATA', octets: 3 })]);
  });

  it.each<[claim: string, answer: HopAnswer]>([
    ['a hop that drops', { reply: REPLIES.hopDropped, isTaken: false, rule: 'next-hop-dropped' }],
    [
      'a hop that drops what a rule tagged',
      {
        reply: REPLIES.hopDropped,
        isTaken: false,
        rule: 'next-hop-dropped',
        screen: { ...SCREEN, action: 'tag', rule: 'screen#1' },
      },
    ],
    [
      'a rule that holds the message',
      {
        reply: REPLIES.ok,
        isTaken: true,
        rule: 'screen#1',
        verdict: 'held',
        screen: { ...SCREEN, action: 'hold', rule: 'screen#1' },
      },
    ],
  ])('by %s is no refusal', (_claim, answer) => {
    expect(refusalsAfter(answer)).toEqual([]);
  });
});

it.each<[claim: string, answer: HopAnswer, last: RegExp]>([
  ['that the hop takes pays', taken(REPLIES.ok), /^500 5\.5\.1 /],
  ['that is held pays', { ...taken(REPLIES.ok), verdict: 'held' }, /^500 5\.5\.1 /],
  ['that is discarded pays', { ...taken(REPLIES.ok), verdict: 'discarded' }, /^500 5\.5\.1 /],
  ['that the hop refuses does not pay', refused({ code: 554, enhanced: '5.6.0', text: 'Spam' }), TOO_MANY_ERRORS],
])('a message %s for the errors before it', (_claim, answer, last) => {
  const driver = driverAfter(`XYZZY\r\n${TO_CONTENT}x\r\n.\r\nXYZZY\r\n`, {
    policy: testPolicy({ maxErrors: 2 }),
    answers: hopThat('finish', answer),
  });

  expect(driver.replies.at(-1)).toMatch(last);
});
