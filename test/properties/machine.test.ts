/** What holds of the machine whatever a client sends and a next hop answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RFC5321_LINE_OCTETS } from '../../policy/command-profile.ts';
import { REPLIES } from '../../policy/reply.ts';
import { verbNamed } from '../../policy/verb.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { refused, taken, willingHop } from '../support/answers.ts';
import { behindReceived, expectedContent, unstuffed } from '../support/content-oracle.ts';
import { MachineDriver } from '../support/machine-driver.ts';
import { testPolicy } from '../support/policy.ts';
import { splitReceived } from '../support/received.ts';
import { OCTET_BY_OCTET, type Segmentation, WHOLE } from '../support/segmentation.ts';
import { clientFlights, clientLines, noise, policy, segmentation } from './client-octets.ts';

/** Sane answers and such as no hop should give; `isTaken` and the reply may contradict each other. */
const hopAnswer: fc.Arbitrary<HopAnswer> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(taken(REPLIES.ok)) },
  { weight: 1, arbitrary: fc.constantFrom(refused(REPLIES.hopDropped), refused(REPLIES.hopInsane)) },
  {
    weight: 2,
    arbitrary: fc.record({
      reply: fc.record({ code: fc.constantFrom(250, 251, 354, 421, 450, 550, 554), text: fc.constant('x') }),
      isTaken: fc.boolean(),
      rule: fc.constant('next-hop' as const),
    }),
  },
);
const hopAnswers = fc.array(hopAnswer, { minLength: 1, maxLength: 12 });

/** Answers in turn, and again from the first. */
function inTurn(answers: readonly HopAnswer[], given: HopAnswer[] = []): () => HopAnswer | undefined {
  return () => {
    const answer = answers[given.length % answers.length];
    if (answer !== undefined) given.push(answer);
    return answer;
  };
}

/** Ends what still stands, as a lost connection does. */
function finish(driver: MachineDriver): MachineDriver {
  driver.reset();
  return driver;
}

describe('on any input', () => {
  it('any segmentation has the same effects', () => {
    fc.assert(
      fc.property(clientFlights, policy, hopAnswers, segmentation, (flights, inForce, answers, cut) => {
        const run = (how: Partial<ConstructorParameters<typeof MachineDriver>[0]>) => {
          const driver = new MachineDriver({ policy: inForce, answers: { hop: inTurn(answers) }, ...how });
          for (const flight of flights) driver.send(flight);
          return finish(driver).sides;
        };

        const whole = run({});

        expect(run({ segmentation: cut })).toEqual(whole);
        expect(run({ segmentation: OCTET_BY_OCTET })).toEqual(whole);
      }),
      { numRuns: 600 },
    );
  });

  it('each command has one reply, in order, and no octet of a refused one reaches a next hop', () => {
    fc.assert(
      fc.property(clientLines, policy, (lines, inForce) => {
        const driver = new MachineDriver({ policy: inForce });
        for (const [index, line] of lines.entries()) {
          const before = driver.replies.length;
          const wasContent = driver.session.state === 'content';
          const { isClosed } = driver.session;
          driver.send(`${line}\r\n`);
          const replies = driver.replies.slice(before);
          if (isClosed) expect(replies).toEqual([]);
          else if (!wasContent) expect(replies, JSON.stringify(line)).toHaveLength(1);
          if (wasContent || (replies[0] ?? '500') < '400') continue;
          const told = driver.hop.lines.join('\n') + driver.hop.everything;
          expect(told, `${JSON.stringify(line)} was refused`).not.toContain(`t${index}t`);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('pipelined commands have the replies that they have one by one', () => {
    fc.assert(
      fc.property(clientLines, policy, (lines, inForce) => {
        // What comes in one flight with STARTTLS is dropped after it.
        const commands = lines.filter((line) => !/^STARTTLS/.test(line));
        const single = new MachineDriver({ policy: inForce });
        for (const line of commands) single.send(`${line}\r\n`);
        const group = new MachineDriver({ policy: inForce });
        group.send(commands.map((line) => `${line}\r\n`).join(''));

        expect(finish(group).sides).toEqual(finish(single).sides);
      }),
      { numRuns: 600 },
    );
  });

  it('recipients in a group have the replies, events and hop commands that they have one by one', () => {
    const paths = fc.constantFrom(
      ...['a@example.com', 'b@example.com', 'postmaster', 'c@elsewhere.example', 'd@', '@r.example:e@example.com'],
    );
    const tails = fc.constantFrom('', '', '', '', ' NOTIFY=NEVER', ` ${' '.repeat(20)}`, '\x07');
    const commands = fc.array(
      fc.oneof(
        { weight: 12, arbitrary: fc.tuple(paths, tails).map(([path, tail]) => `RCPT TO:<${path}>${tail}`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('NOOP', 'RSET', 'MAIL FROM:<a@example.com>', 'DATA\r\nx\r\n.', 'XYZZY'),
        },
      ),
      { maxLength: 30 },
    );
    const limits = fc.record({
      maxRecipients: fc.constantFrom(1, 2, 5, 100),
      maxUnknownRecipients: fc.constantFrom(1, 2, 5, 100),
      maxErrors: fc.constantFrom(1, 2, 5, 100),
      reportOnly: fc.boolean(),
    });
    const stranger = fc.boolean();
    fc.assert(
      fc.property(commands, limits, stranger, hopAnswers, segmentation, (lines, settings, isStranger, answers, cut) => {
        const network = { item: 'client#127.0.0.0/8', access: 'relay' };
        const inForce = testPolicy({ ...settings }, [
          { item: 'command#RCPT', maxOctets: 40 },
          ...(isStranger ? [] : [network]),
        ]);
        const run = (how: Segmentation) => {
          const driver = new MachineDriver({ policy: inForce, answers: { hop: inTurn(answers) }, segmentation: how });
          driver.send(`EHLO c\r\nMAIL FROM:<a@example.com>\r\n${lines.map((text) => `${text}\r\n`).join('')}`);
          return finish(driver).sides;
        };

        const single = run(OCTET_BY_OCTET);

        expect(run(WHOLE)).toEqual(single);
        expect(run(cut)).toEqual(single);
      }),
      { numRuns: 1500 },
    );
  });

  it('250 to the end of data comes only after an answer to it that says so', () => {
    fc.assert(
      fc.property(clientFlights, policy, hopAnswers, (flights, inForce, answers) => {
        const promised: boolean[] = [];
        const next = inTurn(answers);
        const driver = new MachineDriver({
          policy: inForce,
          answers: {
            hop: (request) => {
              const answer = next();
              if (request.kind === 'finish') promised.push(answer?.isTaken === true && answer.reply.code < 400);
              return answer;
            },
          },
        });
        for (const flight of flights) driver.send(flight);
        const finals = driver.trace.filter((_effect, index) => driver.trace[index - 1]?.startsWith('finish'));

        expect(finals.map((reply) => reply.startsWith('reply 2'))).toEqual(promised);
        expect(driver.wire.split('250 2.0.0 OK S.').length - 1).toBe(promised.filter(Boolean).length);
      }),
      { numRuns: 800 },
    );
  });

  it('the next hop is told things in an order that SMTP knows, and each transaction is given up at most once', () => {
    const letters: Readonly<Record<string, string>> = {
      'offer-recipient': 'R',
      'start-content': 'S',
      content: 'C',
      finish: 'F',
      abandon: 'A',
    };
    fc.assert(
      fc.property(clientFlights, policy, hopAnswers, (flights, inForce, answers) => {
        const driver = new MachineDriver({ policy: inForce, answers: { hop: inTurn(answers) } });
        for (const flight of flights) driver.send(flight);
        const told = finish(driver).trace.map((effect) => letters[effect.slice(0, effect.indexOf(' '))] ?? '');

        expect(told.join('')).toMatch(/^(?:R*A|R+SC*A|R+SC+F)*$/);
      }),
      { numRuns: 800 },
    );
  });

  it('no more octets are held than the limit in force', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          clientLines.map((lines) => Buffer.from(lines.join('\r\n'), 'latin1')),
          noise,
        ),
        policy,
        (octets, inForce) => {
          const driver = new MachineDriver({ policy: inForce });
          let line = '';
          for (const octet of octets) {
            const { state } = driver.session;
            line += String.fromCharCode(octet);
            driver.send(Buffer.of(octet));
            const limit = limitOf(line, state, inForce.commands);
            if (driver.session.heldOctets > limit) {
              expect.fail(`${driver.session.heldOctets} octets of ${JSON.stringify(line)} held in ${state}`);
            }
            if (line.endsWith('\r\n') || driver.session.state !== state) line = '';
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('the message at the next hop is the message sent, after one Received field', () => {
    const text = fc
      .array(
        fc.oneof(
          fc.string({ unit: 'binary-ascii', maxLength: 30 }),
          fc.constantFrom(
            '.',
            '..',
            '\r\n',
            '\r\n.',
            '\n.\n',
            '\xff',
            'Received: x\r\n',
            '\r',
            '\n',
            ' ',
            '>',
            'From ',
          ),
        ),
        { maxLength: 20 },
      )
      .map((parts) => `${parts.join('').replaceAll('\0', '')}\r\n`);
    fc.assert(
      fc.property(text, fc.constantFrom('reject', 'normalise'), segmentation, (message, bareNewline, cut) => {
        const sent = bareNewline === 'reject' ? message.replace(/\r(?!\n)|(?<!\r)\n/g, '?') : message;
        const stuffed = `\r\n${sent}`.replaceAll('\r\n.', '\r\n..').slice(2);
        const driver = new MachineDriver({ policy: testPolicy({ bareNewline }), segmentation: cut });
        driver.send(`EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n${stuffed}.\r\n`);
        const split = splitReceived(driver.hop.messages[0]?.content ?? '');

        expect(driver.replies.at(-1)).toBe('250 2.0.0 OK S.1\r\n');
        expect(unstuffed(split?.rest ?? '')).toBe(behindReceived(sent.replace(/\r\n|\r|\n/g, '\r\n')));
        expect(driver.hop.messages).toHaveLength(1);
      }),
      { numRuns: 1500 },
    );
  });

  it('a message with a fault is not handed on, and one without is', () => {
    fc.assert(
      fc.property(
        noise,
        fc.constantFrom('reject', 'normalise'),
        fc.constantFrom(50, 500),
        (octets, bareNewline, maxMessageOctets) => {
          const input = `${octets.toString('latin1')}\r\n.\r\n`;
          const expected = expectedContent(input, { bareNewline, maxOctets: maxMessageOctets });
          const driver = new MachineDriver({ policy: testPolicy({ bareNewline, maxMessageOctets }) });
          driver.send('EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n');
          driver.send(input.slice(0, expected.end));

          expect(driver.hop.messages).toHaveLength(expected.fault === undefined ? 1 : 0);
          expect(driver.replies.at(-1)?.[0]).toBe(expected.fault === undefined ? '2' : '5');
        },
      ),
      { numRuns: 800 },
    );
  });
});

function limitOf(
  line: string,
  state: string,
  commands: Readonly<Record<string, { readonly maxOctets: number }>>,
): number {
  if (state === 'content') return 2;
  if (state === 'exchange') return commands.AUTH?.maxOctets ?? 0;
  const verb = verbNamed(/^([A-Za-z]{1,8})[ \r]/.exec(line)?.[1]?.toUpperCase() ?? '');
  // The profile may leave room for blanks after a bare verb.
  return verb === undefined ? RFC5321_LINE_OCTETS : Math.max(commands[verb]?.maxOctets ?? 0, verb.length + 2 + 64);
}

describe('whatever happens around it', () => {
  type Happening =
    | { readonly kind: 'octets'; readonly octets: Buffer }
    | { readonly kind: 'answer'; readonly answer: HopAnswer; readonly isPermitted: boolean }
    | { readonly kind: 'time'; readonly seconds: number }
    | { readonly kind: 'policy' | 'end' | 'reset' | 'shutdown' | 'leave' | 'drain' };

  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 10, arbitrary: clientLines.map(joined) },
    { weight: 4, arbitrary: noise.map((octets) => ({ kind: 'octets' as const, octets })) },
    {
      weight: 20,
      arbitrary: fc.record({ kind: fc.constant('answer' as const), answer: hopAnswer, isPermitted: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.constantFrom(1, 100, 400) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('policy', 'drain', 'shutdown') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('end', 'reset', 'leave') }) },
  );

  function joined(lines: readonly string[]): Happening {
    return { kind: 'octets', octets: Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1') };
  }

  function happen(driver: MachineDriver, event: Happening): void {
    const { session, nowMs } = driver;
    switch (event.kind) {
      case 'octets':
        driver.send(event.octets);
        return;
      case 'time':
        driver.advance(event.seconds * 1000);
        return;
      case 'answer':
        answer(driver, event);
        break;
      case 'policy':
        session.offerPolicy(testPolicy({ maxErrors: 3, commandProfile: 'isa2000fp1' }));
        break;
      case 'end':
        if (!session.isWaiting) driver.end();
        return;
      case 'reset':
        driver.reset();
        return;
      case 'shutdown':
        session.shutDown(nowMs);
        break;
      case 'leave':
        session.giveUp(nowMs);
        break;
      default:
        session.receiveDrain(nowMs);
    }
    driver.settle();
  }

  /** Answers what is open; where nothing is, the answer comes late. */
  function answer(driver: MachineDriver, { answer: given, isPermitted }: Extract<Happening, { kind: 'answer' }>): void {
    const { session, nowMs } = driver;
    const defer = { kind: 'defer', reply: REPLIES.decisionDeferred } as const;
    const permit = { kind: 'permit', rule: 'x', scope: 'domain', cacheSeconds: 0 } as const;
    const { defaultNextHop: nextHop } = session.policy.settings;
    const login = { kind: 'permit', identity: 'a', senders: ['*'], limits: {}, cacheSeconds: 0 } as const;
    if (session.state === 'relaying') {
      const decision = isPermitted ? { ...permit, nextHop } : defer;
      session.receiveRelayDecisions(
        driver.asked.map(() => decision),
        nowMs,
      );
    } else if (session.state === 'authenticating') {
      session.receiveAuthentication(isPermitted ? { ...login, senders: ['*'] } : defer, nowMs);
    } else session.receiveHopAnswer(isPermitted ? willingHop({ kind: 'finish' }) : given, nowMs);
  }

  it('nothing throws, and there is one session event and one transaction event for each MAIL taken', () => {
    const open = () => undefined;
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 40 }),
        policy,
        fc.boolean(),
        segmentation,
        (events, inForce, isImplicitTls, cut) => {
          const driver = new MachineDriver({
            policy: inForce,
            isImplicitTls,
            segmentation: cut,
            answers: { authenticate: open, checkRelay: open, hop: open },
          });
          for (const event of events) happen(driver, event);
          driver.reset();
          happen(driver, { kind: 'answer', answer: taken(REPLIES.ok), isPermitted: true });
          const count = (type: string) => driver.events.filter((event) => event.type === type).length;
          const taking = driver.replies.filter((reply) => reply === '250 2.1.0 Sender OK\r\n').length;

          expect(driver.session.isClosed).toBe(true);
          expect(count('session')).toBe(1);
          expect(driver.events.at(-1)?.type).toBe('session');
          expect(count('transaction')).toBe(taking);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('random octets never throw', () => {
    fc.assert(
      fc.property(noise, policy, fc.boolean(), segmentation, (octets, inForce, isImplicitTls, cut) => {
        const driver = new MachineDriver({ policy: inForce, isImplicitTls, segmentation: cut });
        driver.send(octets);
        finish(driver);

        expect(driver.events.filter((event) => event.type === 'session')).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });
});
