/** Servers that limit their clients, as next hops: the mail that they would take from anybody is taken from us. */
import { afterEach, describe, expect, it } from 'vitest';
import { HOP_POOL_LIMITS } from '../../edge-proxy/next-hop/smtp/pool/hop-pool.ts';
import { SmtpNextHops } from '../../edge-proxy/next-hop/smtp/smtp-next-hops.ts';
import type { SmtpNextHop } from '../../policy/next-hop.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { PostfixSubject, postfixMissing } from '../differential/postfix-subject.ts';
import { AMPLE, CONTENT, PLAIN_MAIL } from '../support/hop-bed.ts';
import { offerOne } from '../support/offer-one.ts';
import { Exim, eximMissing } from './exim.ts';

let nextHops: SmtpNextHops;
let hop: SmtpNextHop;
let stop: () => Promise<void>;
afterEach(async () => {
  nextHops.close();
  await stop();
});

function use(port: number, maxConnections = HOP_POOL_LIMITS.maxConnections): void {
  nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example', maxConnections: () => maxConnections });
  hop = { kind: 'smtp', hosts: [{ host: '127.0.0.1', port }], tls: 'offer' };
}

/** A message, from recipients of which the first may be refused. */
async function deliver(...recipients: readonly string[]): Promise<HopAnswer> {
  const transaction = nextHops.begin(hop, { mail: PLAIN_MAIL, timeouts: AMPLE, onDrain() {} });
  const answers: HopAnswer[] = [];
  for (const recipient of recipients) answers.push(await offerOne(transaction, recipient));
  const last = answers.at(-1);
  if (last?.isTaken !== true) {
    transaction.abandon();
    return last ?? Promise.reject(new TypeError('A message has recipients'));
  }
  const data = await transaction.startContent();
  if (!data.isTaken) return data;
  transaction.write(Buffer.from(CONTENT));
  return await transaction.finish();
}

async function codes(count: number, ...recipients: readonly string[]): Promise<number[]> {
  const heard: number[] = [];
  for (let sent = 0; sent < count; sent += 1) heard.push((await deliver(...recipients)).reply.code);
  return heard;
}

const BOB = 'bob@example.com';
const NOBODY = 'nobody@example.com';
const TAKEN = 250;
const noPostfix = postfixMissing();
const noExim = eximMissing();

describe.skipIf(noPostfix !== undefined)(`Postfix${noPostfix === undefined ? '' : ` (skipped: ${noPostfix})`}`, () => {
  async function start(settings: Readonly<Record<string, string>>, maxConnections?: number): Promise<void> {
    // Its own networks are spared the limits otherwise.
    const postfix = await PostfixSubject.start({ smtpd_client_event_limit_exceptions: '', ...settings });
    stop = () => postfix.stop();
    use(postfix.port, maxConnections);
  }

  it('that takes three connections of a client takes 30 messages at once over nextHopConnections 3', async () => {
    await start({ smtpd_client_connection_count_limit: '3' }, 3);

    const answers = await Promise.all(Array.from({ length: 30 }, () => deliver(BOB)));

    expect(answers.map(({ reply }) => reply.code)).toEqual(Array(30).fill(TAKEN));
  }, 60_000);

  it('that takes three connections of a client is told of no mail over a fourth, which is put off', async () => {
    await start({ smtpd_client_connection_count_limit: '3' });

    const answers = await Promise.all(Array.from({ length: 12 }, () => deliver(BOB)));

    const putOff = answers.filter(({ isTaken }) => !isTaken);
    expect(putOff.length).toBeGreaterThan(0);
    for (const { reply, detail } of putOff) {
      expect(reply.code).toBe(451);
      expect(detail).toMatch(/421 4\.7\.0 .*too many connections/);
    }
    expect(await codes(3, BOB)).toEqual([TAKEN, TAKEN, TAKEN]);
  }, 60_000);

  it('that takes four new connections a minute takes 50 messages over them', async () => {
    await start({ smtpd_client_connection_rate_limit: '4' });

    expect(await codes(50, BOB)).toEqual(Array(50).fill(TAKEN));
  }, 60_000);

  it('that takes five messages a minute says so of the sixth, on whatever connection', async () => {
    await start({ smtpd_client_message_rate_limit: '5' });

    expect(await codes(5, BOB)).toEqual(Array(5).fill(TAKEN));
    const sixth = await deliver(BOB);
    expect(sixth.reply).toMatchObject({ code: 450, enhanced: '4.7.1' });
    expect(sixth.reply.text).toMatch(/too much mail/);
  }, 60_000);

  it('that ends a connection after three refusals takes the good mail between them', async () => {
    await start({
      local_recipient_maps: 'inline:{bob=x}',
      smtpd_hard_error_limit: '3',
      smtpd_soft_error_limit: '3',
    });

    const heard: number[] = [];
    for (let round = 0; round < 10; round += 1) heard.push(...(await codes(1, NOBODY)), ...(await codes(1, BOB)));

    expect(heard.filter((_, index) => index % 2 === 1)).toEqual(Array(10).fill(TAKEN));
    expect(new Set(heard.filter((_, index) => index % 2 === 0))).toEqual(new Set([550]));
  }, 60_000);
});

describe.skipIf(noExim !== undefined)(`Exim${noExim === undefined ? '' : ` (skipped: ${noExim})`}`, () => {
  async function start(settings: Readonly<Record<string, string>>): Promise<void> {
    const exim = await Exim.start(settings);
    stop = () => exim.stop();
    use(exim.port);
  }

  it('that takes three messages a connection takes all of 20', async () => {
    await start({ smtp_accept_max_per_connection: '3' });

    expect(await codes(20, BOB)).toEqual(Array(20).fill(TAKEN));
  }, 60_000);
});
