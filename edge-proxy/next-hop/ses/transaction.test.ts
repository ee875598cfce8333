import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { SESClient } from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { REPLIES } from '../../../policy/reply.ts';
import { sesTags } from '../../../policy/ses-tags.ts';
import { AMPLE, PLAIN_MAIL } from '../../../test/support/hop-bed.ts';
import { offerOne } from '../../../test/support/offer-one.ts';
import { SES_CONTENT, SesBed, sesClients } from '../../../test/support/ses-bed.ts';
import type { HopTransaction } from '../next-hop.ts';
import type { SesClients } from './call.ts';
import { SES_REPLIES } from './replies.ts';
import { SesNextHop } from './transaction.ts';

const UNCERTAIN = '; whether the message was taken is uncertain';
const HEADER = 'From: sender@example.com\r\n\r\n';

/** A message of so many octets, its lines short and none of them with a dot at its start. */
function messageOf(octets: number): Buffer {
  const message = Buffer.alloc(octets, `${'x'.repeat(76)}\r\n`);
  message.write(HEADER, 'latin1');
  message.write('\r\n', octets - 2, 'latin1');
  return message;
}

function hopOf(clients: SesClients): SesNextHop {
  return new SesNextHop({ ...clients, server: 'submission', postmasterDomain: () => 'postern.example' });
}

async function readyAt(hop: SesNextHop, timeouts: object = {}): Promise<HopTransaction> {
  const transaction = hop.begin({ mail: PLAIN_MAIL, timeouts: { ...AMPLE, ...timeouts }, onDrain: () => {} });
  await offerOne(transaction, 'rcpt@example.net');
  await transaction.startContent();
  transaction.write(SES_CONTENT);
  return transaction;
}

it.each([
  ['of API v1', 1_000, 'Tags'],
  ['of API v2', 7_100_000, 'EmailTags'],
] as const)('configuration set and transaction are named in the call %s', async (_api, octets, tags) => {
  const asked: unknown[] = [];
  const send = async (command: { readonly input: object }) => {
    asked.push(command.input);
    return { MessageId: 'id' };
  };
  const clients = { ses: { send }, sesV2: { send } } as unknown as SesClients;
  const hop = hopOf({ ...clients, configurationSet: 'bounces' });
  const whose = { transaction: 'Tj0n.1', identity: 'alice' };
  const transaction = hop.begin({ mail: PLAIN_MAIL, timeouts: AMPLE, ...whose, onDrain: () => {} });
  await offerOne(transaction, 'rcpt@example.net');
  await transaction.startContent();

  transaction.write(messageOf(octets));
  await transaction.finish();

  const expected = sesTags({ server: 'submission', ...whose, hasNullSender: false });
  expect(asked).toMatchObject([{ ConfigurationSetName: 'bounces', [tags]: expected }]);
});

describe('a recipient at SES', () => {
  it('is taken', async () => {
    const transaction = (await SesBed.start()).begin();

    expect(await offerOne(transaction, 'rcpt@example.net')).toEqual({
      reply: REPLIES.recipientOk,
      isTaken: true,
      rule: 'next-hop',
    });
  });

  it.each([
    ['with a null reverse-path', { path: '', isSmtpUtf8: false }, 'a@example.net', SES_REPLIES.nullReversePath],
    [
      'of a UTF-8 sender',
      { path: 'j\u00f6rg@example.com', isSmtpUtf8: true },
      'a@example.net',
      REPLIES.hopLacksSmtpUtf8,
    ],
    ['that is UTF-8', PLAIN_MAIL, 'j\u00f6rg@example.net', REPLIES.hopLacksSmtpUtf8],
    ['with a line end in it', PLAIN_MAIL, 'a\r\n@example.net', REPLIES.badForwardPath],
    ['of a sender with a NUL in it', { path: 'a\0@b', isSmtpUtf8: false }, 'a@example.net', REPLIES.badReversePath],
    ['of a message announced over 40 MiB', { ...PLAIN_MAIL, size: '41943041' }, 'a@b', REPLIES.messageTooLarge],
    ['of an endless SIZE', { ...PLAIN_MAIL, size: '9'.repeat(400) }, 'a@b', REPLIES.messageTooLarge],
  ])('is refused %s', async (_, mail, recipient, reply) => {
    const transaction = (await SesBed.start()).begin({ mail });

    expect(await offerOne(transaction, recipient)).toEqual({ reply, isTaken: false, rule: 'next-hop' });
  });

  it('is taken in a transaction that names 8BITMIME and SMTPUTF8, of which SES lacks the second', async () => {
    const mail = { ...PLAIN_MAIL, body: '8BITMIME' as const, isSmtpUtf8: true };

    const answer = await offerOne((await SesBed.start()).begin({ mail }), 'a@example.net');

    expect(answer).toEqual({ reply: REPLIES.recipientOk, isTaken: true, rule: 'next-hop', lacks: ['SMTPUTF8'] });
  });

  it('is put off when a thousand were taken', async () => {
    const transaction = (await SesBed.start()).begin();
    for (const recipient of manyRecipients(1000)) {
      expect((await offerOne(transaction, recipient)).isTaken).toBe(true);
    }

    const answer = await offerOne(transaction, 'one.more@example.net');

    expect(answer).toEqual({ reply: REPLIES.tooManyRecipients, isTaken: false, rule: 'next-hop' });
  });

  it.each(['postmaster', 'Postmaster'])('that is %s alone is the postmaster of our domain', async (recipient) => {
    const bed = await SesBed.start();

    await bed.deliver({ recipients: [recipient] });

    expect(bed.kept()).toMatchObject([{ envelope: { rcptTo: [`${recipient}@postern.example`] } }]);
  });
});

function manyRecipients(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `rcpt${index}@example.net`);
}

function recipientsKept(bed: SesBed): string[][] {
  return bed.kept().map(({ envelope }) => (envelope as { readonly rcptTo: string[] }).rcptTo);
}

// Fifty recipients are what SES takes in one call.
describe('a message to more recipients than one call takes', () => {
  it.each([
    [50, [50]],
    [51, [50, 1]],
    [120, [50, 50, 20]],
    [1000, new Array<number>(20).fill(50)],
  ])('goes out in calls of fifty: %i', async (count, sizes) => {
    const bed = await SesBed.start();
    const recipients = manyRecipients(count);

    const answer = await bed.deliver({ recipients });

    expect(answer).toMatchObject({ reply: REPLIES.ok, isTaken: true });
    expect(answer).not.toHaveProperty('served');
    const kept = recipientsKept(bed);
    expect(kept.map(({ length }) => length).sort((a, b) => b - a)).toEqual(sizes);
    expect(kept.flat().sort()).toEqual([...recipients].sort());
  });

  it('goes once to a recipient that is named twice', async () => {
    const bed = await SesBed.start();

    await bed.deliver({ recipients: [...manyRecipients(60), ...manyRecipients(60)] });

    const sent = recipientsKept(bed).flat();
    expect(sent).toHaveLength(60);
    expect(new Set(sent)).toEqual(new Set(manyRecipients(60)));
  });

  it.each([
    ['is throttled', { kind: 'Throttling', message: 'Maximum sending rate exceeded.' }, SES_REPLIES.rateExceeded.code],
    ['is refused', { kind: 'MessageRejected', message: 'Spam' }, SES_REPLIES.rejected.code],
    ['breaks off', { kind: 'nonsense' }, REPLIES.hopDropped.code],
  ])('tells for whom it was taken when a later call %s, and sends to no one after it', async (_, fault, code) => {
    const bed = await SesBed.start();
    await bed.fail({ ...fault, after: 2 });
    const recipients = manyRecipients(200);

    const answer = await bed.deliver({ recipients });

    expect(answer).toMatchObject({ isTaken: false, reply: { code }, served: recipients.slice(0, 100) });
    expect(recipientsKept(bed).flat().sort()).toEqual(recipients.slice(0, 100).sort());
  });

  it('tells for whom it was taken when the time is over', async () => {
    const bed = await SesBed.start();
    await bed.fail({ kind: 'hang', after: 1 });

    const answer = await bed.deliver({ recipients: manyRecipients(60), timeouts: { finalSeconds: 2 } });

    expect(answer).toMatchObject({ isTaken: false, reply: REPLIES.hopDropped, served: manyRecipients(50) });
  });

  it('is spared those for whom it was taken at an earlier try', async () => {
    const bed = await SesBed.start();
    const recipients = manyRecipients(130);
    const transaction = await bed.ready({ recipients });
    transaction.write(SES_CONTENT);

    const answer = await transaction.finish((recipient) => Number(/\d+/.exec(recipient)?.[0]) < 70);

    expect(answer.isTaken).toBe(true);
    expect(recipientsKept(bed).flat().sort()).toEqual(recipients.slice(70).sort());
  });
});

describe('a message to SES', () => {
  it('is taken under the id that SES gave it, for the recipients of the envelope alone', async () => {
    const bed = await SesBed.start();
    const content = Buffer.concat([Buffer.from('To: somebody@else.example\r\n'), SES_CONTENT]);

    const answer = await bed.deliver({ content, recipients: ['a@example.net', 'b@example.org'] });

    const [kept] = bed.kept();
    expect(answer).toEqual({ reply: REPLIES.ok, isTaken: true, rule: 'next-hop', detail: expect.any(String) });
    expect(kept?.octets.equals(content)).toBe(true);
    expect(kept?.envelope).toMatchObject({
      id: answer.detail,
      mailFrom: 'sender@example.com',
      rcptTo: ['a@example.net', 'b@example.org'],
      operation: 'SendRawEmail',
    });
  });

  it('goes out in the own address of a user who sends with the null reverse-path', async () => {
    const bed = await SesBed.start();

    const answer = await bed.deliver({ mail: { path: '', ownAddress: 'alice@example.com', isSmtpUtf8: false } });

    expect(answer.isTaken).toBe(true);
    expect(bed.kept()).toMatchObject([{ envelope: { mailFrom: 'alice@example.com' } }]);
  });

  it.each([
    ['a body of 1 octet', Buffer.from(`${HEADER}x\r\n`)],
    ['1 KiB', messageOf(1024)],
    ['every octet', Buffer.concat([Buffer.from(HEADER), Buffer.from([...Array(256).keys()]), Buffer.from('\r\n')])],
    ['8-bit text', Buffer.from(`${HEADER}Gr\u00fc\u00dfe +/=&%20\r\n`)],
  ])('arrives octet by octet: %s', async (_, message) => {
    const bed = await SesBed.start();

    await bed.deliver({ content: message });

    expect(bed.kept()[0]?.octets.equals(message)).toBe(true);
  });

  it.each([
    [7_000_000, 'SendRawEmail'],
    [7_000_001, 'SendEmail'],
    [41_943_040, 'SendEmail'],
  ])('of %i octets goes by %s and arrives whole', async (octets, operation) => {
    const bed = await SesBed.start();
    const message = messageOf(octets);
    const transaction = await bed.ready();

    for (let at = 0; at < octets; at += 65_536) transaction.write(message.subarray(at, at + 65_536));
    expect(bed.nextHop.octetsInFlight).toBe(octets);
    const answer = await transaction.finish();

    expect(answer.isTaken).toBe(true);
    const [kept] = bed.kept();
    expect(kept?.octets.equals(message)).toBe(true);
    expect(kept?.envelope).toMatchObject({ operation, mailFrom: 'sender@example.com', rcptTo: ['rcpt@example.net'] });
    expect(bed.nextHop.octetsInFlight).toBe(0);
  });

  it('arrives without its dot-stuffing', async () => {
    const bed = await SesBed.start();

    await bed.deliver({ content: Buffer.from(`${HEADER}..\r\n..x\r\n`) });

    expect(bed.kept()[0]?.octets.toString()).toBe(`${HEADER}.\r\n.x\r\n`);
  });

  it('with a field that SES takes once is refused by its name, and SES is not asked', async () => {
    const bed = await SesBed.start();
    await bed.fail({ kind: 'hang' });

    const answer = await bed.deliver({ content: Buffer.from('From: a@b\r\nfrom: c@d\r\n\r\nx\r\n') });

    expect(answer).toEqual({
      reply: { code: 554, enhanced: '5.6.0', text: 'Amazon SES takes this header field only once: From' },
      isTaken: false,
      rule: 'next-hop',
    });
    expect(bed.nextHop.octetsInFlight).toBe(0);
  });

  it.each([
    ['that is empty', Buffer.alloc(0)],
    ['without From', Buffer.from('Subject: x\r\n\r\nHello\r\n')],
  ])('%s is refused in the words of SES', async (_, content) => {
    const bed = await SesBed.start();

    expect((await bed.deliver({ content })).reply).toEqual({
      code: 554,
      enhanced: '5.6.0',
      text: "Amazon SES cannot take this message: Missing required header 'From'.",
    });
  });
});

describe('when SES fails', () => {
  it('by its own judgement, the client hears it', async () => {
    const bed = await SesBed.start();
    const message = 'Email address is not verified. The following identities failed the check in region EU-WEST-1: a@b';
    await bed.fail({ kind: 'MessageRejected', message });

    const answer = await bed.deliver();

    expect(answer).toEqual({
      reply: { code: 554, enhanced: '5.7.1', text: `Amazon SES does not let this identity send: ${message}` },
      isTaken: false,
      rule: 'next-hop',
      detail: `MessageRejected: ${message}`,
    });
  });

  it('once, it is asked once, and the next message goes through', async () => {
    const bed = await SesBed.start();
    await bed.fail({ kind: 'ServiceUnavailable', times: 1 });

    expect((await bed.deliver()).reply.code).toBe(451);

    expect(bed.kept()).toEqual([]);
    expect((await bed.deliver()).isTaken).toBe(true);
    expect(bed.kept()).toHaveLength(1);
  });

  it.each([
    ['hangs', { kind: 'hang' }, SES_CONTENT, 0],
    ['hangs on a large message', { kind: 'hang' }, messageOf(7_000_001), 0],
    ['is slower than the timeout', { kind: 'slow', delayMs: 30_000 }, SES_CONTENT, 0],
    ['drops the connection in its answer', { kind: 'drop' }, SES_CONTENT, 1],
    ['drops the connection in its answer to a large message', { kind: 'drop' }, messageOf(7_000_001), 1],
    ['answers nonsense', { kind: 'nonsense' }, SES_CONTENT, 0],
    ['answers nonsense to a large message', { kind: 'nonsense' }, messageOf(7_000_001), 0],
  ])('and %s, the outcome is uncertain', async (_, fault, content, kept) => {
    const bed = await SesBed.start();
    await bed.fail(fault);

    const isLate = fault.kind === 'hang' || fault.kind === 'slow';
    const answer = await bed.deliver({ content, timeouts: isLate ? { finalSeconds: 0.5 } : {} });

    expect(answer).toMatchObject({ reply: REPLIES.hopDropped, isTaken: false, rule: 'next-hop-dropped' });
    expect(answer.detail?.endsWith(UNCERTAIN)).toBe(true);
    expect(bed.kept()).toHaveLength(kept);
    expect(bed.nextHop.octetsInFlight).toBe(0);
  });

  it('only slowly, the message is taken', async () => {
    const bed = await SesBed.start();
    await bed.fail({ kind: 'slow', delayMs: 50 });

    expect((await bed.deliver()).isTaken).toBe(true);
  });

  it('and refuses the connection, it is down', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const transaction = await readyAt(hopOf(sesClients(port)));

    const answer = await transaction.finish();

    expect(answer).toMatchObject({ reply: REPLIES.hopDown, isTaken: false, rule: 'next-hop-down' });
    expect(answer.detail).toContain('ECONNREFUSED');
  });

  it.each([
    ['at once', 'closes'],
    ['with the request', 'resets'],
  ])('and closes the connection %s, the outcome is uncertain', async (_, how) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      if (how === 'closes') socket.end();
      else socket.once('data', () => socket.resetAndDestroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const transaction = await readyAt(hopOf(sesClients((server.address() as AddressInfo).port)));

    expect(await transaction.finish()).toMatchObject({ reply: REPLIES.hopDropped, rule: 'next-hop-dropped' });
  });

  it.each([
    [200, ''],
    [200, '<SendRawEmailResponse/>'],
    [200, '<html>Welcome</html>'],
    [500, '<html>Sorry</html>'],
    [502, ''],
    [302, ''],
    [400, 'not XML <'],
  ])('and a stranger answers %i %j, nothing is taken for sure', async (status, body) => {
    const server = createHttpServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const transaction = await readyAt(hopOf(sesClients((server.address() as AddressInfo).port)));

    const answer = await transaction.finish();

    expect(answer).toMatchObject({ isTaken: false, reply: { code: 451 } });
  });

  it.each([
    [
      'has no credentials',
      () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' })),
    ],
  ])('for us, who %s, the operator reads why', async (_, credentials) => {
    const hop = hopOf({
      ses: new SESClient({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 }),
      sesV2: new SESv2Client({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 }),
    });
    const transaction = await readyAt(hop);

    expect(await transaction.finish()).toMatchObject({
      reply: SES_REPLIES.misconfigured,
      detail: 'CredentialsProviderError: none',
    });
  });

  it('to be reached for want of credentials that never come, the wait is bounded', async () => {
    const credentials = (): Promise<never> => new Promise(() => {});
    const hop = hopOf({
      ses: new SESClient({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 }),
      sesV2: new SESv2Client({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 }),
    });
    const transaction = await readyAt(hop, { finalSeconds: 0.05 });

    expect(await transaction.finish()).toMatchObject({ reply: REPLIES.hopDropped });
    expect(hop.octetsInFlight).toBe(0);
  });
});

describe('octets in flight', () => {
  it('are counted over all transactions, and what has no room is read to its end and put off', async () => {
    const bed = await SesBed.start(2500);
    const first = await bed.ready();
    first.write(messageOf(2000));
    const second = await bed.ready();

    expect(second.write(messageOf(501))).toBe(true);
    expect(second.write(messageOf(10_000))).toBe(true);
    expect(bed.nextHop.octetsInFlight).toBe(2000);

    expect(await second.finish()).toEqual({ reply: SES_REPLIES.overBudget, isTaken: false, rule: 'next-hop' });
    expect((await first.finish()).isTaken).toBe(true);
    expect(bed.nextHop.octetsInFlight).toBe(0);
    expect(bed.kept()).toHaveLength(1);
  });

  it('are there while SES has them, and given back once when the transaction is abandoned then', async () => {
    const bed = await SesBed.start();
    await bed.fail({ kind: 'hang' });
    const other = await bed.ready();
    other.write(messageOf(1000));
    const transaction = await bed.ready();
    transaction.write(messageOf(2000));

    const finished = transaction.finish();
    expect(bed.nextHop.octetsInFlight).toBe(3000);
    transaction.abandon();

    expect(await finished).toMatchObject({ isTaken: false, rule: 'next-hop-dropped' });
    transaction.abandon();
    expect(bed.nextHop.octetsInFlight).toBe(1000);
  });

  it('are given back once when content is abandoned, whatever is called after', async () => {
    const bed = await SesBed.start();
    const other = await bed.ready();
    other.write(messageOf(1000));
    const transaction = await bed.ready();
    transaction.write(messageOf(2000));

    transaction.abandon();
    transaction.abandon();
    transaction.write(messageOf(3000));

    expect(bed.nextHop.octetsInFlight).toBe(1000);
    expect(await transaction.finish()).toMatchObject({ reply: REPLIES.hopDropped, isTaken: false });
    expect(await offerOne(transaction, 'late@example.net')).toMatchObject({ isTaken: false });
    expect(bed.nextHop.octetsInFlight).toBe(1000);
    expect(bed.kept()).toEqual([]);
  });

  it('of a message over 40 MiB are none, and the client hears 552', async () => {
    const bed = await SesBed.start();
    const transaction = await bed.ready();
    const chunk = messageOf(1_048_576);
    for (let count = 0; count < 41; count += 1) transaction.write(chunk);

    expect(bed.nextHop.octetsInFlight).toBe(0);
    expect(await transaction.finish()).toEqual({ reply: REPLIES.messageTooLarge, isTaken: false, rule: 'next-hop' });
  });
});

describe('a message above the sending rate', () => {
  /** A hop whose account may send to so many a second, and which SES throttles as often as `throttles` says. */
  async function pacedBed(rate: number, throttles = 0) {
    let calls = 0;
    const send = async () => {
      calls += 1;
      if (calls <= throttles) throw Object.assign(new Error('Maximum sending rate exceeded.'), { name: 'Throttling' });
      return { MessageId: `id${calls}` };
    };
    const clients = { ses: { send }, sesV2: { send } } as unknown as SesClients;
    const hop = new SesNextHop({
      ...clients,
      server: 'submission',
      postmasterDomain: () => 'postern.example',
      readRate: async () => rate,
    });
    const ready = (sesPaceSeconds: number, finalSeconds = 10) => readyAt(hop, { sesPaceSeconds, finalSeconds });
    const deliver = async (sesPaceSeconds: number) => (await ready(sesPaceSeconds)).finish();
    await deliver(throttles > 1 ? 0 : 60);
    await new Promise(setImmediate);
    return { ready, deliver, calls: () => calls };
  }

  it('is held for its turn, and taken', async () => {
    const { deliver } = await pacedBed(20);

    const answers = await Promise.all(Array.from({ length: 25 }, () => deliver(60)));

    expect(answers.every(({ isTaken }) => isTaken)).toBe(true);
  });

  it('is put off where its turn comes later than it may be held, and SES is not asked', async () => {
    const { deliver, calls } = await pacedBed(0.001);
    await deliver(5);

    const answer = await deliver(5);

    expect(answer).toMatchObject({
      reply: SES_REPLIES.rateExceeded,
      isTaken: false,
      detail: expect.stringContaining('sesPaceSeconds'),
    });
    expect(calls()).toBe(2);
  });

  it('is sent once more when SES throttles it, and not where it may not be held', async () => {
    const held = await pacedBed(1000, 1);
    const hurried = await pacedBed(1000, 0);

    expect(held.calls()).toBe(2);
    expect(await hurried.deliver(0)).toMatchObject({ isTaken: true });
  });

  it('waits for its turn no longer than half of the time that SES has to answer', async () => {
    const { ready } = await pacedBed(1000, 1000);

    const transaction = await ready(60, 1);

    expect(await transaction.finish()).toMatchObject({ reply: SES_REPLIES.rateExceeded, rule: 'next-hop' });
  });

  it('waits no longer once it is abandoned', async () => {
    const { ready, deliver, calls } = await pacedBed(0.25);
    await deliver(60);
    const transaction = await ready(60);

    const finished = transaction.finish();
    transaction.abandon();

    expect(await finished).toMatchObject({ reply: REPLIES.hopDropped, isTaken: false });
    expect(calls()).toBe(2);
  });
});

describe('a transaction at SES called out of order', () => {
  it('throws before SES could take recipients from the header', async () => {
    const transaction = (await SesBed.start()).begin();

    await expect(transaction.startContent()).rejects.toThrow(TypeError);
    await expect(transaction.finish()).rejects.toThrow(TypeError);
  });

  it('throws for a recipient in content', async () => {
    const transaction = await (await SesBed.start()).ready();

    await expect(offerOne(transaction, 'late@example.net')).rejects.toThrow(TypeError);
  });
});
