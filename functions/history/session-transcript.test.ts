import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PosternEvent } from '../../policy/event.ts';
import { REPLIES } from '../../policy/reply.ts';
import { clientLines } from '../../test/properties/client-octets.ts';
import { permitLogin } from '../../test/support/answers.ts';
import { type DriverOptions, MachineDriver } from '../../test/support/machine-driver.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { makeEventItem } from '../tables/event-item.ts';
import type { EventAttributes } from './event-reader.ts';
import { shownEvent } from './event-shown.ts';
import { type Transcript, transcriptOf } from './session-transcript.ts';

const PASSWORD = 'correct horse battery staple';
const IN_THE_CLEAR = { authentication: 'offered', authenticationRequiresTls: false, maxErrors: 1000 } as const;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The real machine, whose events become items as those of an edge proxy do. */
class Session {
  readonly driver: MachineDriver;
  readonly items: EventAttributes[] = [];

  constructor(options: DriverOptions = {}) {
    this.driver = new MachineDriver({ policy: testPolicy(IN_THE_CLEAR), ...options });
  }

  /** One flight, then a pause of `ms`. */
  send(octets: string, ms = 0): this {
    this.driver.send(octets);
    this.#keep();
    this.driver.advance(ms);
    this.#keep();
    return this;
  }

  reset(): this {
    this.driver.reset();
    this.#keep();
    return this;
  }

  #keep(): void {
    for (const event of this.driver.events.slice(this.items.length)) {
      const facts = {
        id: `prefix${this.items.length.toString(36)}`,
        at: new Date(this.driver.nowMs).toISOString(),
        server: 'mx1',
        session: 'S',
        client: { address: '192.0.2.1', port: 4711, tls: false },
        policyVersion: 'v1',
        keepDays: 30,
      };
      this.items.push(makeEventItem({ ...event, ...facts } as PosternEvent));
    }
  }

  get end(): EventAttributes | undefined {
    return this.items.find(({ type }) => type === 'session');
  }

  transcript(): Transcript {
    const transcript = transcriptOf({ events: this.items, end: this.end });
    if (transcript === undefined) throw new TypeError('There is no transcript');
    return transcript;
  }
}

/** `VERB line → reply answer (rule)`, as a person reads it. */
function lines({ commands }: Transcript): string[] {
  return commands.map(({ verb, line, reply, answer, rule }) => {
    const told = [line ?? `(${verb})`, '→', reply, answer, rule === undefined ? '' : `(${rule})`];
    return told.filter((part) => part !== '' && part !== undefined).join(' ');
  });
}

describe('transcriptOf', () => {
  it('shows that AUTH went through, and nothing of what was sent in it', () => {
    const session = new Session({ answers: { authenticate: () => permitLogin('alice', ['*']) } });

    session
      .send('EHLO client.example\r\n', 10)
      .send('AUTH LOGIN\r\n', 10)
      .send(`${base64('alice')}\r\n`, 10)
      .send(`${base64(PASSWORD)}\r\n`, 10)
      .send('QUIT\r\n');

    const transcript = session.transcript();
    expect(lines(transcript)).toEqual([
      expect.stringMatching(/^EHLO client\.example → 250 /),
      'AUTH LOGIN → 334',
      '(AUTH) → 334',
      '(AUTH) → 235 2.7.0 Authentication succeeded',
      expect.stringMatching(/^QUIT → 221 2\.0\.0 /),
    ]);
    expect(transcript.commands.map(({ octets }) => octets)).toEqual([21, 12, 10, 42, 6]);
    expect(transcript.events).toMatchObject([
      {
        type: 'login',
        mechanism: 'LOGIN',
        username: 'alice',
        verdict: 'permit',
        reply: expect.stringMatching(/^235 /),
      },
      { type: 'session', ending: 'QUIT' },
    ]);
    expect(transcript).toMatchObject({ session: 'S', server: 'mx1', identity: 'alice', policyVersions: ['v1'] });
  });

  it('shows a failed login with its mechanism and name', () => {
    const session = new Session().send(`EHLO c\r\nAUTH PLAIN ${base64(`\0mallory\0${PASSWORD}`)}\r\n`).reset();

    expect(lines(session.transcript())[1]).toMatch(/^AUTH PLAIN → 535 5\.7\.8 /);
    expect(session.transcript().events[0]).toMatchObject({
      mechanism: 'PLAIN',
      username: 'mallory',
      verdict: 'reject',
    });
  });

  it('lays transactions between the commands outside them, each ending with the answer to its content', () => {
    const session = new Session()
      .send('EHLO c\r\n', 10)
      .send('NOOP\r\n', 10)
      .send('MAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n', 10)
      .send('Subject: x\r\n\r\n.\r\n', 10)
      .send('VRFY bob\r\n', 10)
      .send('MAIL FROM:<a@example.org>\r\nRCPT TO:<bob@elsewhere.example>\r\n', 10)
      .send('RSET\r\n', 10)
      .send('QUIT\r\n');

    const transcript = session.transcript();
    expect(lines(transcript).map((line) => line.replace(/ \d\.\d\.\d.*?(?= \(|$)/, ''))).toEqual([
      expect.stringMatching(/^EHLO c → 250/),
      'NOOP → 250',
      'MAIL FROM:<a@example.org> → 250',
      expect.stringMatching(/^RCPT TO:<bob@example.com> → 250/),
      expect.stringMatching(/^DATA → 354/),
      '. → 250 (next-hop)',
      'VRFY bob → 502 (command#VRFY)',
      'MAIL FROM:<a@example.org> → 250',
      'RCPT TO:<bob@elsewhere.example> → 550 (relay-domains)',
      'RSET → 250',
      'QUIT → 221',
    ]);
    expect(transcript.commands.map(({ transaction }) => transaction ?? '-')).toEqual([
      '-',
      '-',
      'S.1',
      'S.1',
      'S.1',
      'S.1',
      '-',
      'S.2',
      'S.2',
      '-',
      '-',
    ]);
    expect(transcript.events.map(({ type }) => type)).toEqual([
      'transaction',
      'refusal',
      'refusal',
      'transaction',
      'session',
    ]);
    expect(transcript.events.every((event) => !('commands' in event))).toBe(true);
  });

  it('keeps the order of a group that came in one flight', () => {
    const group = 'MAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nRSET\r\n';

    const session = new Session().send(`EHLO c\r\n${group}${group}NOOP\r\nQUIT\r\n`);

    const verbs = session.transcript().commands.map(({ verb }) => verb);
    expect(verbs).toEqual(['EHLO', 'MAIL', 'RCPT', 'RSET', 'MAIL', 'RCPT', 'RSET', 'NOOP', 'QUIT']);
  });

  it('goes forwards in time, whatever a client does, and leaves no reply out', () => {
    fc.assert(
      fc.property(clientLines, fc.array(fc.constantFrom(0, 1, 7), { minLength: 1 }), (clientSays, pauses) => {
        const session = new Session();
        for (const [index, line] of clientSays.entries()) {
          session.send(`${line}\r\n`, pauses[index % pauses.length]);
        }
        session.reset();

        const { commands } = session.transcript();

        const times = commands.map(({ atMs = -1 }) => atMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        // All replies but the greeting, and but the one that only says good-bye.
        const replies = session.driver.replies.slice(1).map((reply) => Number(reply.slice(0, 3)));
        expect(commands.map(({ reply }) => reply).sort()).toEqual(replies.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('tells when it began and ended, and when each reply was given', () => {
    const session = new Session().send('EHLO c\r\n', 1500).send('QUIT\r\n');

    const { startedAt, endedAt, ending, commands } = session.transcript();
    expect(startedAt).toBe('2026-01-02T03:04:05.000Z');
    expect(endedAt).toBe('2026-01-02T03:04:06.500Z');
    expect(ending).toBe('QUIT');
    expect(commands.map(({ at }) => at)).toEqual([startedAt, endedAt]);
  });

  it('shows the transactions of a session that still runs', () => {
    const session = new Session()
      .send('EHLO c\r\n', 700)
      .send('MAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n', 300)
      .send('x\r\n.\r\n');

    const transcript = session.transcript();
    expect(transcript.commands.map(({ verb }) => verb)).toEqual(['MAIL', 'RCPT', 'DATA', 'DATA']);
    expect(transcript.startedAt).toBe('2026-01-02T03:04:05.000Z');
    expect(transcript).not.toHaveProperty('endedAt');
    expect(transcript).not.toHaveProperty('ending');
  });

  it('counts commands that were left out', () => {
    const session = new Session().send('QUIT\r\n');
    const end = { ...session.end, commandsOmitted: 7 };

    expect(transcriptOf({ events: [end], end })?.commandsOmitted).toBe(7);
    expect(session.transcript()).not.toHaveProperty('commandsOmitted');
  });

  it('is nothing without events', () => {
    expect(transcriptOf({ events: [], end: undefined })).toBeUndefined();
  });

  it('gives each command of a session outside transactions to one part', () => {
    const session = new Session();
    for (let count = 0; count < 10; count += 1) session.send(count === 0 ? 'EHLO c\r\n' : 'VRFY x\r\n', 10);
    session.send('QUIT\r\n');
    const { items, end } = session;
    const cut = items[4];
    const to = String(cut?.at).split('#')[0];

    const first = transcriptOf({ events: items.slice(0, 5), end, to });
    const second = transcriptOf({ events: items.slice(5), end, after: to });

    const verbs = [first, second].flatMap((part) => part?.commands ?? []);
    expect(verbs).toEqual(session.transcript().commands);
    expect(first?.commands).toHaveLength(6);
  });
});

describe('credentials', () => {
  /** Base64 with an octet that no word of SMTP, no address and no name holds in this test. */
  const password = fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 30 }).map((text) => `~${text}~`);
  /** What a client may do with them, in its place and out of it. */
  const ways: readonly ((secret: string) => string)[] = [
    (secret) => `AUTH PLAIN ${base64(`\0alice\0${secret}`)}`,
    (secret) => `auth plain ${base64(`\0alice\0${secret}`)}`,
    (secret) => `AUTH PLAIN\r\n${base64(`\0alice\0${secret}`)}`,
    (secret) => `AUTH LOGIN\r\n${base64('alice')}\r\n${base64(secret)}`,
    (secret) => `AUTH LOGIN ${base64('alice')}\r\n${base64(secret)}`,
    (secret) => `AUTH ${base64(secret)}`,
    (secret) => `AUTH XOAUTH2 ${base64(secret)}`,
    (secret) => `AUTH CRAM-MD5\r\n${base64(secret)}`,
    (secret) => `AUTH LOGIN\r\n*\r\n${base64(secret)}`,
    (secret) => `AUTH PLAIN ${base64(secret)} ${base64(secret)}`,
    (secret) => `AUTH PLAIN ${base64(secret)}!`,
    (secret) => `AUTH  PLAIN  ${base64(secret)}`,
    (secret) => base64(secret),
    (secret) => secret,
  ];
  const flight = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ways).map((way) => ({ way })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('EHLO c', 'MAIL FROM:<>', 'RCPT TO:<bob@example.com>', 'RSET', 'NOOP', 'STARTTLS', '*')
        .map((line) => ({ way: () => line })),
    },
  );
  const policies = [
    testPolicy(IN_THE_CLEAR),
    testPolicy({ ...IN_THE_CLEAR, authentication: 'none' }),
    testPolicy({ ...IN_THE_CLEAR, authenticationRequiresTls: true }),
    testPolicy({ ...IN_THE_CLEAR, maxLoginFailures: 2 }),
    testPolicy(IN_THE_CLEAR, [{ item: 'command#AUTH', maxOctets: 30 }]),
  ];
  const authenticate = fc.constantFrom(
    () => permitLogin('alice', ['*']),
    () => ({ kind: 'reject', reply: REPLIES.credentialsInvalid }) as const,
    () => ({ kind: 'defer', reply: REPLIES.authenticationDeferred }) as const,
  );

  it('are in no transcript and no event, whatever a client does with them', () => {
    fc.assert(
      fc.property(
        password,
        fc.array(flight, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...policies),
        authenticate,
        (secret, flights, policy, answer) => {
          const session = new Session({ policy, answers: { authenticate: answer } });
          for (const { way } of flights) session.send(`${way(secret)}\r\n`, 3);
          session.reset();

          const told = JSON.stringify([session.transcript(), session.items.map(shownEvent)]);

          const forms = [secret, base64(secret), base64(`\0alice\0${secret}`)].map((form) => form.replace(/=+$/, ''));
          const escaped = JSON.stringify(secret).slice(1, -1);
          expect([...forms, escaped].filter((form) => told.includes(form))).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
