/** Content on its way to a hop: back-pressure, stalled hops, and every octet as it came. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NextHopTls, SmtpNextHop } from '../../../../policy/next-hop.ts';
import { REPLIES } from '../../../../policy/reply.ts';
import { HopBed } from '../../../../test/support/hop-bed.ts';
import { offerOne } from '../../../../test/support/offer-one.ts';
import { type HopClient, type HopMove, politely } from '../../../../test/support/scripted-hop.ts';

let bed: HopBed;
beforeEach(() => {
  bed = new HopBed();
});
afterEach(async () => {
  await bed.close();
});

/** 64 KiB in lines of 64 octets. */
const CHUNK = Buffer.from(`${'x'.repeat(62)}\r\n`.repeat(1024));

function goThenPause(onGo: (client: HopClient) => void): HopMove {
  return async (client) => {
    client.say('354 go\r\n');
    client.pause();
    onGo(client);
    const content = await client.hearContent();
    client.say(`250 2.0.0 ${content.length - 3} octets\r\n`);
  };
}

describe('back-pressure', () => {
  it('stops the writer at a hop that does not read, and lets it go on when the hop reads again', async () => {
    const paused = Promise.withResolvers<HopClient>();
    const hop = await bed.start(politely({ DATA: goThenPause(paused.resolve) }));
    let drained = Promise.withResolvers<void>();
    const transaction = bed.begin(hop.nextHop(), { onDrain: () => drained.resolve() });
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();
    const client = await paused.promise;

    // The system's own buffers take some; a writer that is never stopped would get far beyond 64 MiB.
    let written = 0;
    while (written < 1024) {
      written += 1;
      drained = Promise.withResolvers();
      if (!transaction.write(CHUNK) && (await isStill(drained.promise))) break;
    }
    expect(written).toBeLessThan(1024);

    client.resume();
    await drained.promise;
    expect(transaction.write(CHUNK)).toBeTypeOf('boolean');
    const answer = await transaction.finish();

    expect(answer).toMatchObject({ isTaken: true, detail: `250 2.0.0 ${(written + 1) * CHUNK.length} octets` });
  });

  /** Whether nothing came of it within some turns of the event loop. */
  async function isStill(drain: Promise<void>): Promise<boolean> {
    let isDrained = false;
    void drain.then(() => {
      isDrained = true;
    });
    for (let turns = 0; turns < 20 && !isDrained; turns += 1) await new Promise(setImmediate);
    return !isDrained;
  }

  it('breaks with a hop that takes nothing for as long as a reply may take, and lets the writer go on', async () => {
    const hop = await bed.start(politely({ DATA: goThenPause(() => {}) }));
    let onDrain = () => {};
    const transaction = bed.begin(hop.nextHop(), { onDrain: () => onDrain(), timeouts: { replySeconds: 0.2 } });
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();

    for (let count = 0; count < 1024 && bed.nextHops.connectionCount > 0; count += 1) {
      const drained = new Promise<void>((resolve) => {
        onDrain = resolve;
      });
      if (!transaction.write(CHUNK)) await drained;
    }
    const answer = await transaction.finish();

    expect(answer).toMatchObject({ reply: REPLIES.hopDropped, detail: expect.stringContaining('no progress') });
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('does not mind a writer that rests for longer, once the hop took what it had', async () => {
    const paused = Promise.withResolvers<HopClient>();
    const hop = await bed.start(politely({ DATA: goThenPause(paused.resolve) }));
    const drained = Promise.withResolvers<void>();
    const options = { onDrain: () => drained.resolve(), timeouts: { replySeconds: 1 } };
    const transaction = bed.begin(hop.nextHop(), options);
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();
    const client = await paused.promise;
    // Until what the system holds for the hop is full.
    while (transaction.write(CHUNK));
    client.resume();
    await drained.promise;

    await new Promise((resolve) => setTimeout(resolve, 1200));

    expect((await transaction.finish()).isTaken).toBe(true);
  });

  it('calls a reply early that came before the terminator could be sent', async () => {
    const paused = Promise.withResolvers<HopClient>();
    const hop = await bed.start(politely({ DATA: goThenPause(paused.resolve) }));
    const transaction = bed.begin(hop.nextHop());
    await offerOne(transaction, 'a@x.example');
    await transaction.startContent();
    const client = await paused.promise;

    // More than any socket buffer takes, so that the terminator stays here.
    for (let count = 0; count < 1024; count += 1) transaction.write(CHUNK);
    const finished = transaction.finish();
    client.say('250 2.0.0 whatever\r\n');

    expect(await finished).toMatchObject({ isTaken: false, reply: REPLIES.hopInsane });
  });
});

describe('npm smtp-server as the hop', () => {
  const servers: SMTPServer[] = [];
  afterEach(async () => {
    bed.nextHops.close();
    for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(resolve));
  });

  async function startServer(tls: NextHopTls): Promise<{ readonly hop: SmtpNextHop; readonly messages: string[] }> {
    const messages: string[] = [];
    const pems = await generate([{ name: 'commonName', value: 'hop.example' }], { keyType: 'ec' });
    const server = new SMTPServer({
      key: pems.private,
      cert: pems.cert,
      authOptional: true,
      onRcptTo: ({ address }, _, done) =>
        done(address.startsWith('no') ? Object.assign(new Error('No such user'), { responseCode: 550 }) : null),
      onData: (stream, _, done) => {
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.on('end', () => {
          messages.push(Buffer.concat(pieces).toString('latin1'));
          done(null, 'taken');
        });
      },
    });
    servers.push(server);
    server.on('error', () => {});
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    return { hop: { kind: 'smtp', hosts: [{ host: '127.0.0.1', port }], tls }, messages };
  }

  it.each(
    [
      { claim: 'a plain message', content: 'Subject: x\r\n\r\nHello\r\n' },
      { claim: 'dot-stuffed lines', content: '..\r\n...\r\n..x\r\n\r\n..\r\n' },
      { claim: 'an empty message', content: '' },
      { claim: 'a line alone', content: '\r\n' },
      { claim: '8-bit octets', content: `caf\xc3\xa9 ${'\xff'.repeat(900)}\r\n` },
      { claim: 'half a megabyte', content: `${'0123456789'.repeat(7)}\r\n`.repeat(7282) },
    ].flatMap((row) => (['never', 'offer'] as const).map((tls) => ({ ...row, tls }))),
  )('has every octet of $claim, with tls=$tls', async ({ content, tls }) => {
    const { hop, messages } = await startServer(tls);

    const { answer } = await bed.deliver(hop, { content });

    expect(answer.isTaken).toBe(true);
    expect(messages).toEqual([content.replaceAll(/^\.\./gm, '.')]);
  });

  it('takes message after message, refusals between them', async () => {
    const { hop, messages } = await startServer('offer');

    for (let count = 0; count < 20; count += 1) {
      const transaction = bed.begin(hop);
      const refused = await offerOne(transaction, 'no@x.example');
      expect(refused.reply).toMatchObject({ code: 550, text: 'No such user' });
      if (count % 3 === 0) {
        transaction.abandon();
        continue;
      }
      await offerOne(transaction, 'yes@x.example');
      await transaction.startContent();
      transaction.write(Buffer.from(`${count}\r\n`));
      expect((await transaction.finish()).isTaken).toBe(true);
    }

    expect(messages).toHaveLength(13);
    expect(bed.nextHops.connectionCount).toBeLessThanOrEqual(2);
  });
});
