/** Octets in and out: order, groups, and the ways in which a client can leave. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AuthenticateDecision, CheckRelayDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { ALICE, taken } from '../../test/support/answers.ts';
import { type BedOptions, hopNamed, ProxyBed, permitRelay } from '../../test/support/edge-proxy-bed.ts';
import type { TestClient } from '../../test/support/edge-proxy-client.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { splitReceived } from '../../test/support/received.ts';

const CONTENT = 'Subject: x\r\n\r\n..dot\r\n\xE4\r\n';
const ENVELOPE = 'MAIL FROM:<alice@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n';

let bed: ProxyBed;

async function start(options: BedOptions = {}): Promise<ProxyBed> {
  bed = await ProxyBed.start(options);
  return bed;
}

afterEach(async () => {
  await bed.close();
});

/** Waits, no longer than a bound, until `check` passes. */
async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 5000, interval: 5 });
}

function codes(replies: string): string[] {
  return replies
    .split('\r\n')
    .filter((line) => /^\d{3} /.test(line))
    .map((line) => line.slice(0, 3));
}

// The same over a connection in the clear, under STARTTLS and with TLS first.
const TRANSPORTS: readonly [string, () => Promise<TestClient>][] = [
  ['in the clear', async () => await bed.greeted()],
  [
    'under STARTTLS',
    async () => {
      const client = await bed.greeted();
      await client.ask('EHLO client.example');
      await client.ask('STARTTLS');
      await client.startTls();
      return client;
    },
  ],
  ['with TLS first', async () => await bed.greetedTls()],
];

describe.each(TRANSPORTS)('%s', (_transport, connect) => {
  it('greets, takes a message octet for octet, and says goodbye', async () => {
    await start();
    const client = await connect();

    await client.openContent();
    client.send(`${CONTENT}.\r\n`);
    const taken = await client.hear();
    const goodbye = await client.ask('QUIT');

    expect(taken).toMatch(/^250 2\.0\.0 OK \S+\r\n$/);
    expect(goodbye).toBe('221 2.0.0 Goodbye\r\n');
    expect(await client.hearToEnd()).toBe('');
    expect(bed.hops.messages.map((message) => splitReceived(message)?.rest)).toEqual([CONTENT]);
  });

  it('answers a pipelined group in one go and in order', async () => {
    await start();
    const client = await connect();
    await client.ask('EHLO client.example');
    const segmentsBefore = client.segments;

    client.send('RSET\r\nNOOP\r\nVRFY x\r\nMAIL FROM:<alice@example.com>\r\nNOOP\r\nRSET\r\n');
    const replies = await client.hearReplies(6);

    expect(codes(replies.join(''))).toEqual(['250', '250', '502', '250', '250', '250']);
    expect(client.segments - segmentsBefore).toBe(1);
  });

  it('answers in order although decisions and hops take their time', async () => {
    await start({ hop: { recipient: async () => await later(taken(REPLIES.recipientOk)) } });
    bed.decisions.onCheckRelay = async ({ recipient }) =>
      await later<CheckRelayDecision>(
        recipient.startsWith('bob')
          ? permitRelay(hopNamed('smtp://mta:25'))
          : { kind: 'reject', reply: REPLIES.relayDenied, scope: 'domain', cacheSeconds: 0, rule: 'relay-domains' },
      );
    const client = await connect();

    client.send(
      'EHLO client.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<no@example.com>\r\nRCPT TO:<bob@example.com>\r\n' +
        `RCPT TO:<no@example.com>\r\nNOOP\r\nDATA\r\n${CONTENT}.\r\nQUIT\r\n`,
    );

    expect(codes(await client.hearToEnd())).toEqual(['250', '250', '550', '250', '550', '250', '354', '250', '221']);
    expect(bed.hops.messages).toHaveLength(1);
  });

  it('answers 250 to a message with a FIN right after its dot', async () => {
    await start({ hop: { finish: async () => await later(taken(REPLIES.ok)) } });
    const client = await connect();
    await client.openContent();

    client.send(`${CONTENT}.\r\n`);
    client.end();

    expect(await client.hearToEnd()).toMatch(/^250 2\.0\.0 OK/);
    expect(bed.hops.messages).toHaveLength(1);
    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'accepted' }]);
  });

  it('answers a whole session that came with a FIN at once', async () => {
    await start();
    const client = await connect();

    client.send(`EHLO client.example\r\n${ENVELOPE}${CONTENT}.\r\nQUIT\r\n`);
    client.end();

    expect(codes(await client.hearToEnd())).toEqual(['250', '250', '250', '354', '250', '221']);
  });

  it('hands nothing on when a FIN comes before the end of the message', async () => {
    await start();
    const client = await connect();
    await client.openContent();

    client.send(`${CONTENT}.`);
    client.end();

    expect(await client.hearToEnd()).toBe('');
    expect(bed.hops.last.ending).toBe('abandoned');
    expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'abandoned', rule: 'client-closed' }]);
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });

  it('hands nothing on when the connection is reset within the message', async () => {
    await start();
    const client = await connect();
    await client.openContent();
    client.send(CONTENT);
    await until(() => expect(bed.hops.last.content).toContain('..dot'));

    client.reset();

    await until(() => expect(bed.hops.last.ending).toBe('abandoned'));
    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.eventsOf('transaction')).toMatchObject([{ verdict: 'abandoned' }]);
  });

  it('drops an unfinished command at a FIN, without an answer', async () => {
    await start();
    const client = await connect();

    client.send('EHLO client.example\r\nNOO');
    client.end();

    expect(codes(await client.hearToEnd())).toEqual(['250']);
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });
});

async function later<T>(value: T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return value;
}

describe('a client that leaves while it is waited for', () => {
  it('with a decision on relay pending: nothing goes to a hop', async () => {
    await start();
    const decision = Promise.withResolvers<CheckRelayDecision>();
    bed.decisions.onCheckRelay = () => decision.promise;
    const client = await bed.greeted();
    client.send(`EHLO client.example\r\n${ENVELOPE}`);
    await client.hearReplies(2);

    client.reset();
    await client.closed;
    decision.resolve(permitRelay(hopNamed('smtp://mta:25')));

    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.hops.messages).toEqual([]);
    expect(bed.hops.transactions.every(({ ending }) => ending === 'abandoned')).toBe(true);
    expect(bed.eventsOf('session')).toHaveLength(1);
  });

  it('with a login pending: the session ends, and the login is on record at most once', async () => {
    await start({ policy: testPolicy({ authentication: 'offered', authenticationRequiresTls: false }) });
    const decision = Promise.withResolvers<AuthenticateDecision>();
    bed.decisions.onAuthenticate = () => decision.promise;
    const client = await bed.greeted();
    await client.ask('EHLO client.example');
    client.send(`AUTH PLAIN ${Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64')}\r\n`);

    client.reset();
    await client.closed;
    decision.resolve({ kind: 'reject', reply: REPLIES.credentialsInvalid });

    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(bed.eventsOf('session')).toHaveLength(1);
  });

  // The terminator went out: what the hop says of the message is what is recorded.
  it.each<[string, HopAnswer, string]>([
    ['takes', taken(REPLIES.ok), 'accepted'],
    ['refuses', { reply: REPLIES.relayDenied, isTaken: false, rule: 'next-hop' }, 'refused'],
    ['loses', { reply: REPLIES.hopDropped, isTaken: false, rule: 'next-hop-dropped' }, 'deferred'],
  ])('with a message at the hop, which then %s it: recorded so', async (_claim, answer, verdict) => {
    const answered = Promise.withResolvers<HopAnswer>();
    await start({ hop: { finish: () => answered.promise } });
    const client = await bed.greeted();
    await client.openContent();
    client.send(`${CONTENT}.\r\n`);
    await until(() => expect(bed.hops.last.ending).toBe('finished'));

    client.reset();
    await client.closed;
    answered.resolve(answer);

    await until(() => expect(bed.eventsOf('transaction')).toMatchObject([{ verdict }]));
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });

  it('with a recipient at the hop: its transaction is given up', async () => {
    const answered = Promise.withResolvers<HopAnswer>();
    await start({ hop: { recipient: () => answered.promise } });
    const client = await bed.greeted();
    client.send(`EHLO client.example\r\n${ENVELOPE}`);
    await until(() => expect(bed.hops.last.recipients).toHaveLength(1));

    client.reset();
    await client.closed;
    answered.resolve(taken(REPLIES.recipientOk));

    await until(() => expect(bed.hops.last.ending).toBe('abandoned'));
    await until(() => expect(bed.proxy.sessions).toBe(0));
  });
});

describe('a close', () => {
  it('is heard whole by a client with data in flight', async () => {
    await start({ policy: testPolicy({ maxErrors: 1 }) });
    const client = await bed.greeted();

    // The first line ends the session; the rest is behind it, more than any socket buffer holds.
    client.send(`VRFY x\r\n${'NOOP\r\n'.repeat(1_000_000)}`);

    expect(await client.hearToEnd()).toBe('421 4.7.0 Too many errors, closing connection\r\n');
    expect([client.hasEnded, client.error]).toEqual([true, undefined]);
  });

  it('is heard under TLS by a client with data in flight', async () => {
    await start({ policy: testPolicy({ maxErrors: 1 }) });
    const client = await bed.greetedTls();

    client.send(`VRFY x\r\n${'NOOP\r\n'.repeat(500_000)}`);

    expect(await client.hearToEnd()).toBe('421 4.7.0 Too many errors, closing connection\r\n');
    expect([client.hasEnded, client.error]).toEqual([true, undefined]);
  });

  it('answers nothing that comes after QUIT', async () => {
    await start();
    const client = await bed.greeted();

    client.send(`EHLO client.example\r\nQUIT\r\n${ENVELOPE}`);

    expect(codes(await client.hearToEnd())).toEqual(['250', '221']);
    expect(bed.hops.transactions).toEqual([]);
  });

  it.each([false, true])('after QUIT is heard whole, under TLS %s, by a client with data in flight', async (isTls) => {
    await start();
    const client = await (isTls ? bed.greetedTls() : bed.greeted());

    client.send(`QUIT\r\n${'NOOP\r\n'.repeat(1_000_000)}`);

    expect(codes(await client.hearToEnd())).toEqual(['221']);
    expect([client.hasEnded, client.error]).toEqual([true, undefined]);
  });

  it('after QUIT frees its place, whether the client ends its side or not', async () => {
    await start();
    const client = await bed.greeted();

    expect(codes(await client.ask('QUIT'))).toEqual(['221']);

    // Any other close waits 5 s for a client that does not end its side.
    await vi.waitFor(() => expect(bed.proxy.sessions).toBe(0), { timeout: 3000, interval: 5 });
    expect(client.error).toBeUndefined();
  });

  it('frees its place as soon as the client ends its side', async () => {
    await start({ policy: testPolicy({ maxErrors: 1 }) });
    const client = await bed.greeted();
    client.send('VRFY x\r\n');
    await client.hearToEnd();
    const before = bed.proxy.sessions;

    client.end();

    await until(() => expect(bed.proxy.sessions).toBe(0));
    expect(before).toBe(1);
  });
});

// The hop is asked for the content too, a round trip earlier: of nothing else may it be told so.
it.each([
  ['DATA\r\n', true],
  ['dAtA\r\n', true],
  ['DATA-*', false],
  ['DATA\r*', false],
  ['DATA\r', false],
  ['DATA x\r\n', false],
  ['DATB\r\n', false],
  ['$ATA\r\n', false],
  ['RSET\r\n', false],
  ['', false],
])('sees after RCPT whether DATA follows: %j', async (behind, wasLast) => {
  await start();
  const client = await bed.greeted();
  await client.ask('EHLO client.example');
  await client.ask('MAIL FROM:<alice@example.com>');

  client.send(`RCPT TO:<bob@example.com>\r\n${behind}`);
  await until(() => expect(bed.hops.transactions).toHaveLength(1));

  expect(bed.hops.last.wasLast).toBe(wasLast);
});
