import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import type { HopAnswer } from '../../../protocol/hop/hop-answer.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { AMPLE, CONTENT, HopBed, PLAIN_MAIL } from '../../../test/support/hop-bed.ts';
import { offerOne } from '../../../test/support/offer-one.ts';
import { type HopMove, type HopVerb, hangUp, keepSilent, politely, reset } from '../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

const LOCKSTEP = '250-hop.example\r\n250 HELP\r\n';

describe('a transaction', () => {
  it('says MAIL and RCPT in one group where the hop pipelines, then DATA, content and terminator', async () => {
    const hop = await bed.start(politely());

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer).toMatchObject({ isTaken: true, rule: 'next-hop', detail: '250 2.0.0 queued as 1' });
    expect(hop.clients[0]?.heard).toBe(
      `EHLO proxy.example\r\nMAIL FROM:<sender@example.com>\r\nRCPT TO:<rcpt@example.net>\r\nDATA\r\n${CONTENT}.\r\n`,
    );
    // EHLO; MAIL with RCPT; DATA; content with its terminator.
    expect(hop.clients[0]?.segments).toBe(4);
  });

  it('waits for each reply where the hop does not pipeline', async () => {
    const hop = await bed.start(politely({ EHLO: LOCKSTEP }));

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.segments).toBe(5);
  });

  it('asks for further recipients one at a time and hands each its own answer', async () => {
    const hop = await bed.start(
      politely({ RCPT: (client, command) => client.say(command.includes('bad') ? '550 5.1.1 no\r\n' : '250 ok\r\n') }),
    );
    const transaction = bed.begin(hop.nextHop());

    const answers = [];
    for (const path of ['bad1@x.example', 'good@x.example', 'bad2@x.example', 'also-good@x.example']) {
      answers.push((await offerOne(transaction, path)).reply.code);
    }
    transaction.abandon();

    expect(answers).toEqual([550, 250, 550, 250]);
  });

  it.each([
    { claim: 'the null reverse-path', mail: { path: '' }, line: 'MAIL FROM:<>' },
    { claim: 'SIZE', mail: { path: 'a@b', size: '0123' }, line: 'MAIL FROM:<a@b> SIZE=0123' },
    { claim: 'BODY=7BIT', mail: { path: 'a@b', body: '7BIT' }, line: 'MAIL FROM:<a@b> BODY=7BIT' },
    {
      claim: 'BODY=8BITMIME and SMTPUTF8, the path in UTF-8',
      mail: { path: 'jos\u00E9@b', body: '8BITMIME', isSmtpUtf8: true },
      line: 'MAIL FROM:<jos\u00C3\u00A9@b> BODY=8BITMIME SMTPUTF8',
    },
  ] as const)('tells a hop that offers it $claim', async ({ mail, line }) => {
    const hop = await bed.start(politely());

    const { answer } = await bed.deliver(hop.nextHop(), { mail: { isSmtpUtf8: false, ...mail } });

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard.split('\r\n')[1]).toBe(line);
  });

  it('drops SIZE and BODY=7BIT where the hop lacks SIZE and 8BITMIME', async () => {
    const hop = await bed.start(politely({ EHLO: LOCKSTEP }));

    await bed.deliver(hop.nextHop(), { mail: { ...PLAIN_MAIL, size: '99', body: '7BIT' } });

    expect(hop.clients[0]?.heard).toContain('MAIL FROM:<sender@example.com>\r\n');
  });

  it.each([
    { lacked: '8BITMIME', has: '250 SMTPUTF8', line: 'MAIL FROM:<sender@example.com> SMTPUTF8' },
    { lacked: 'SMTPUTF8', has: '250 8BITMIME', line: 'MAIL FROM:<sender@example.com> BODY=8BITMIME' },
  ] as const)(
    'says MAIL without $lacked to a hop that lacks it, and tells who asked',
    async ({ lacked, has, line }) => {
      const hop = await bed.start(politely({ EHLO: `250-hop.example\r\n${has}\r\n` }));
      const mail = { ...PLAIN_MAIL, body: '8BITMIME', isSmtpUtf8: true } as const;
      const transaction = bed.begin(hop.nextHop(), { mail });

      const first = await offerOne(transaction, 'a@x.example');
      const second = await offerOne(transaction, 'b@x.example');

      expect(first).toEqual({
        reply: REPLIES.recipientOk,
        isTaken: true,
        rule: 'next-hop',
        isTls: false,
        lacks: [lacked],
      });
      expect(second).toEqual(first);
      expect(hop.clients[0]?.heard.split('\r\n')[1]).toBe(line);
    },
  );

  it('refuses each recipient of a sender in UTF-8 where the hop lacks SMTPUTF8, and keeps the connection', async () => {
    const hop = await bed.start(politely({ EHLO: LOCKSTEP }));
    const transaction = bed.begin(hop.nextHop(), { mail: { path: 'jos\u00e9@b.example', isSmtpUtf8: true } });

    const first = await offerOne(transaction, 'a@x.example');
    const second = await offerOne(transaction, 'b@x.example');
    transaction.abandon();
    const after = await bed.deliver(hop.nextHop());

    const lacksIt = { reply: REPLIES.hopLacksSmtpUtf8, isTaken: false, rule: 'next-hop' };
    expect([first, second]).toEqual([lacksIt, lacksIt]);
    expect(after.answer.isTaken).toBe(true);
    expect(hop.clients).toHaveLength(1);
  });

  it.each([
    ['first', ['zo\u00eb@x.example', 'a@x.example', 'b@x.example']],
    ['in the middle', ['a@x.example', 'zo\u00eb@x.example', 'b@x.example']],
    ['last', ['a@x.example', 'b@x.example', 'zo\u00eb@x.example']],
  ])('refuses a recipient in UTF-8 alone where the hop lacks SMTPUTF8: %s', async (_, recipients) => {
    const hop = await bed.start(politely({ EHLO: LOCKSTEP }));
    const transaction = bed.begin(hop.nextHop(), { mail: { ...PLAIN_MAIL, isSmtpUtf8: true } });

    const answers: HopAnswer[] = [];
    for (const recipient of recipients) answers.push(await offerOne(transaction, recipient));
    await transaction.startContent();
    transaction.write(Buffer.from('a\r\n'));
    const final = await transaction.finish();

    expect(answers.filter(({ isTaken }) => !isTaken).map(({ reply }) => reply)).toEqual([REPLIES.hopLacksSmtpUtf8]);
    expect(final.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).toContain(
      'MAIL FROM:<sender@example.com>\r\nRCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n',
    );
    expect(hop.clients).toHaveLength(1);
  });

  it('falls back to HELO when EHLO is refused', async () => {
    const hop = await bed.start(politely({ EHLO: '502 5.5.1 what?\r\n' }));

    const { answer } = await bed.deliver(hop.nextHop(), { mail: { ...PLAIN_MAIL, size: '9' } });

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).toContain('HELO proxy.example\r\nMAIL FROM:<sender@example.com>\r\n');
  });

  it.each([
    ['pipelined', {}],
    ['in lockstep', { EHLO: LOCKSTEP }],
  ])('refuses each recipient with the words of a refused MAIL, %s', async (_, moves) => {
    const hop = await bed.start(politely({ ...moves, MAIL: '553 5.1.8 bad sender\r\n', RCPT: '503 5.5.1 what?\r\n' }));
    const transaction = bed.begin(hop.nextHop());

    const first = await offerOne(transaction, 'a@x.example');
    const second = await offerOne(transaction, 'b@x.example');
    transaction.abandon();

    const reply = { code: 553, enhanced: '5.1.8', text: 'bad sender' };
    expect(first).toMatchObject({ reply, isTaken: false, rule: 'next-hop' });
    expect(second).toEqual(first);
  });

  it('never says a path that holds control octets', async () => {
    const hop = await bed.start(politely());

    const forward = await offerOne(bed.begin(hop.nextHop()), 'a@b>\r\nRCPT TO:<c@d');
    const reverse = await offerOne(bed.begin(hop.nextHop(), { mail: { path: 'a\r\nQUIT', isSmtpUtf8: false } }), 'a@b');

    expect([forward.reply, reverse.reply]).toEqual([REPLIES.badForwardPath, REPLIES.badReversePath]);
    expect(hop.clients).toHaveLength(0);
  });

  it('refuses calls out of order, and drops content that comes before 354', async () => {
    const hop = await bed.start(politely());
    const transaction = bed.begin(hop.nextHop());

    expect(() => transaction.startContent()).toThrow(TypeError);
    await offerOne(transaction, 'a@x.example');
    expect(() => transaction.finish()).toThrow(TypeError);
    expect(transaction.write(Buffer.from('QUIT\r\n'))).toBe(true);
    await transaction.startContent();
    await expect(offerOne(transaction, 'b@x.example')).rejects.toThrow(TypeError);
    const answer = await transaction.finish();

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard).not.toContain('QUIT');
    expect(await transaction.finish()).toBe(answer);
  });

  it('sends an empty message as its terminator alone', async () => {
    const hop = await bed.start(politely());

    const { answer } = await bed.deliver(hop.nextHop(), { content: '' });

    expect(answer.isTaken).toBe(true);
    expect(hop.clients[0]?.heard.endsWith('DATA\r\n.\r\n')).toBe(true);
  });
});

describe('a hop that cannot be reached', () => {
  it('is down when no one listens', async () => {
    const port = await freePort();

    const { at, answer } = await bed.deliver({ kind: 'smtp', hosts: [{ host: '127.0.0.1', port }], tls: 'never' });

    expect(at).toBe('recipient');
    expect(answer).toMatchObject({ reply: REPLIES.hopDown, rule: 'next-hop-down' });
    expect(answer.detail).toMatch(/ECONNREFUSED at connecting/);
  });

  it('is down when its name is unknown', async () => {
    const { answer } = await bed.deliver({ kind: 'smtp', hosts: [{ host: 'mx.invalid', port: 25 }], tls: 'never' });

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, isTaken: false });
    expect(bed.nextHops.connectionCount).toBe(0);
  });
});

type Fault = 'hangs up' | 'resets' | 'keeps silent' | 'says 421' | 'mixes codes' | 'babbles' | 'never ends its reply';

const FAULTS: Record<Fault, HopMove> = {
  'hangs up': hangUp,
  resets: reset,
  'keeps silent': keepSilent,
  'says 421': '421 4.3.2 leaving\r\n',
  'mixes codes': '250-a\r\n354 b\r\n',
  babbles: 'HTTP/1.1 400 Bad Request\r\n\r\n',
  'never ends its reply': (client) => client.say('250-x\r\n'.repeat(20_000)),
};
const OPENING: readonly HopVerb[] = ['greeting', 'EHLO'];
const STEPS = { MAIL: 'recipient', RCPT: 'recipient', DATA: 'data', content: 'final' } as const;
const SESSION = ['MAIL', 'RCPT', 'DATA', 'content'] as const;

// Whatever the hop does, and wherever, the client hears a 4xx that tells what it was.
describe('a hop that misbehaves', () => {
  const inOpening: Record<Fault, string> = {
    'hangs up': '4.4.1',
    resets: '4.4.1',
    'keeps silent': '4.4.1',
    'says 421': '4.4.1',
    'mixes codes': '4.5.0',
    babbles: '4.5.0',
    'never ends its reply': '4.5.0',
  };
  const inSession: Record<Fault, string> = {
    'hangs up': '4.4.2',
    resets: '4.4.2',
    'keeps silent': '4.4.2',
    'says 421': '4.3.0',
    'mixes codes': '4.5.0',
    babbles: '4.5.0',
    'never ends its reply': '4.5.0',
  };
  const faults = Object.keys(FAULTS) as Fault[];

  it.each(OPENING.flatMap((verb) => faults.map((fault) => ({ verb, fault }))))(
    'at $verb and $fault is answered at RCPT',
    async ({ verb, fault }) => {
      const hop = await bed.start(politely({ [verb]: FAULTS[fault] }));
      const connectSeconds = fault === 'keeps silent' ? 0.05 : AMPLE.connectSeconds;

      const { at, answer } = await bed.deliver(hop.nextHop(), { timeouts: { connectSeconds } });

      expect(at).toBe('recipient');
      expect(answer.reply).toMatchObject({ code: 451, enhanced: inOpening[fault] });
      expect(bed.nextHops.connectionCount).toBe(0);
    },
  );

  const everywhere = ['pipelined', 'lockstep'].flatMap((mode) =>
    SESSION.flatMap((verb) => faults.map((fault) => ({ mode, verb, fault }))),
  );
  it.each(everywhere)('$mode at $verb and $fault is answered there', async ({ mode, verb, fault }) => {
    const moves = mode === 'lockstep' ? { EHLO: LOCKSTEP } : {};
    const hop = await bed.start(politely({ ...moves, [verb]: FAULTS[fault] }));
    const isSilent = fault === 'keeps silent';
    const timeouts = isSilent ? { replySeconds: 0.05, finalSeconds: 0.05 } : {};

    const { at, answer } = await bed.deliver(hop.nextHop(), { timeouts });

    // On a busy machine a good step may be late too, where 50 ms are all that it has.
    if (!isSilent) expect(at).toBe(STEPS[verb]);
    expect(answer).toMatchObject({ isTaken: false, reply: { code: 451 } });
    expect(answer.reply.enhanced).toBe(inSession[fault]);
    await hop.clients[0]?.closed;
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('that left between the terminator and its reply leaves the outcome uncertain, and the log says so', async () => {
    const hop = await bed.start(politely({ content: hangUp }));

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer).toMatchObject({ reply: REPLIES.hopDropped, rule: 'next-hop-dropped' });
    expect(answer.detail).toContain('uncertain');
  });

  it('that left in the middle of content is answered at its end, and content goes nowhere meanwhile', async () => {
    const hop = await bed.start(
      politely({
        DATA: async (client) => {
          client.say('354 go\r\n');
          await client.hearSomething();
          client.reset();
        },
      }),
    );
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();

    transaction.write(Buffer.from('one\r\n'));
    await hop.clients[0]?.closed;
    while (bed.nextHops.connectionCount > 0) await new Promise(setImmediate);

    expect(transaction.write(Buffer.from('two\r\n'))).toBe(true);
    expect((await transaction.finish()).reply).toEqual(REPLIES.hopDropped);
  });

  it('that dribbles good replies octet by octet is good', async () => {
    const hop = await bed.start(
      politely({
        greeting: (client) => client.dribble('220-hop\r\n220 hop\r\n'),
        EHLO: (client) => client.dribble('250-hop\r\n250 PIPELINING\r\n'),
        RCPT: (client) => client.dribble('250-2.1.5 well\r\n250 2.1.5 yes\r\n'),
        content: (client) => client.dribble('250 2.0.0 yes\r\n'),
      }),
    );

    const { answer } = await bed.deliver(hop.nextHop());

    expect(answer.isTaken).toBe(true);
  });

  it('that keeps a reply going for longer than its time is late', async () => {
    let isOver = false;
    const hop = await bed.start(
      politely({
        RCPT: async (client) => {
          void client.closed.then(() => {
            isOver = true;
          });
          while (!isOver) {
            client.say('250-');
            client.say('x\r\n');
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        },
      }),
    );

    const { answer } = await bed.deliver(hop.nextHop(), { timeouts: { replySeconds: 0.1 } });

    expect(answer).toMatchObject({ reply: REPLIES.hopDropped, isTaken: false });
  });
});
