import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureCertificate } from '../start/certificate.ts';
import { temporaryDirectory } from '../test-support/temporary-directory.ts';
import { startMta } from './server.ts';

const END_OF_DATA = '\r\n.\r\n';

class Client {
  readonly #socket: Socket;
  #received = '';

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (octets) => {
      this.#received += octets.toString('latin1');
    });
    onTestFinished(() => void this.#socket.destroy());
  }

  /** The reply that ends with a line of this code. */
  async reply(code: number): Promise<string> {
    const last = new RegExp(`^${code} .*\r\n$`, 'm');
    while (!last.test(this.#received)) await once(this.#socket, 'data');
    const reply = this.#received;
    this.#received = '';
    return reply;
  }

  async say(text: string, code: number): Promise<string> {
    this.#socket.write(text, 'latin1');
    return this.reply(code);
  }

  /** Sends octets in segments of the given length. */
  async send(octets: Buffer, segment: number): Promise<void> {
    for (let at = 0; at < octets.length; at += segment) {
      const isFlushed = this.#socket.write(octets.subarray(at, at + segment));
      if (!isFlushed) await once(this.#socket, 'drain');
      if (segment < 100) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function mta(): Promise<{ readonly directory: string; readonly client: Client }> {
  const home = temporaryDirectory();
  const directory = join(home, 'mail');
  await ensureCertificate(join(home, 'certificate.pem'));
  const server = await startMta({ port: 0, directory, certificate: join(home, 'certificate.pem') });
  onTestFinished(() => server.close());
  const client = new Client(server.port);
  await client.reply(220);
  return { directory, client };
}

async function startMessage(client: Client, rcpt = 'RCPT TO:<bob@example.com>\r\n'): Promise<void> {
  await client.say('EHLO client.example\r\n', 250);
  await client.say('MAIL FROM:<alice@example.com> BODY=8BITMIME\r\n', 250);
  for (const line of rcpt.split(/(?<=\n)/)) await client.say(line, 250);
  await client.say('DATA\r\n', 354);
}

/** RFC 5321 section 4.5.2. */
function stuffed(message: Buffer): Buffer {
  const text = message.toString('latin1').replace(/^\./, '..').replaceAll('\r\n.', '\r\n..');
  return Buffer.from(text, 'latin1');
}

function onlyMail(directory: string): { readonly octets: Buffer; readonly envelope: unknown } {
  const names = readdirSync(directory).sort();
  expect(names.map((name) => name.replace(/^.*\./, ''))).toEqual(['eml', 'json']);
  const [eml = '', json = ''] = names;
  expect(eml.replace('.eml', '')).toBe(json.replace('.json', ''));
  return {
    octets: readFileSync(join(directory, eml)),
    envelope: JSON.parse(readFileSync(join(directory, json), 'utf8')),
  };
}

/** Messages up to the CR LF that belongs to the end of data. */
const MESSAGES: readonly (readonly [string, Buffer])[] = [
  ['plain', Buffer.from('Subject: x\r\n\r\nHello\r\n')],
  ['leading dots', Buffer.from('.\r\n..\r\n.x\r\n...\r\n\r\n.\r\n.\r\n')],
  ['a first line that is a dot', Buffer.from('.\r\n')],
  ['8-bit and NUL', Buffer.from('Subject: \xe4\xf6\xfc\r\n\r\n\x80\xff\x00\x01\r\n', 'latin1')],
  ['blank lines at its end', Buffer.from('Subject: x\r\n\r\nHello\r\n\r\n\r\n')],
  ['only a blank line', Buffer.from('\r\n')],
  ['a long line', Buffer.from(`${'x'.repeat(100_000)}\r\n`)],
];

describe('the internal MTA', () => {
  describe.each([1, 2, 3, 7, 65_536])('keeps the octets it was sent, in segments of %i', (segment) => {
    it.each(MESSAGES)('%s', async (name, message) => {
      if (segment < 7 && name === 'a long line') return;
      const { directory, client } = await mta();
      await startMessage(client);

      await client.send(Buffer.concat([stuffed(message), Buffer.from('.\r\n')]), segment);
      await client.reply(250);

      expect(onlyMail(directory).octets).toEqual(message);
    });
  });

  it('keeps a megabyte of any octets', async () => {
    const { directory, client } = await mta();
    const lines = Array.from({ length: 12_000 }, () =>
      randomBytes(90)
        .toString('latin1')
        .replace(/[\r\n]/g, '.'),
    );
    const message = Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
    await startMessage(client);

    await client.send(Buffer.concat([stuffed(message), Buffer.from('.\r\n')]), 1400);
    await client.reply(250);

    expect(message.length).toBeGreaterThan(1_000_000);
    expect(onlyMail(directory).octets.equals(message)).toBe(true);
  });

  it('keeps an empty message', async () => {
    const { directory, client } = await mta();
    await startMessage(client);

    await client.say('.\r\n', 250);

    expect(onlyMail(directory).octets).toHaveLength(0);
  });

  it('keeps the envelope beside it', async () => {
    const { directory, client } = await mta();
    await startMessage(client, 'RCPT TO:<bob@example.com>\r\nRCPT TO:<Carol@Example.org>\r\n');

    const reply = await client.say(`Subject: x${END_OF_DATA}`, 250);

    const { envelope } = onlyMail(directory);
    expect(envelope).toMatchObject({
      mailFrom: 'alice@example.com',
      rcptTo: ['bob@example.com', expect.stringMatching(/^Carol@example\.org$/i)],
      parameters: { BODY: '8BITMIME' },
      octets: 12,
      client: { address: '127.0.0.1', helo: 'client.example', tls: false },
    });
    expect(reply).toContain((envelope as { id: string }).id);
  });

  it('offers what a modern mail server does, and no AUTH', async () => {
    const { client } = await mta();

    const offered = await client.say('EHLO client.example\r\n', 250);

    for (const extension of ['PIPELINING', 'SIZE 1073741824', '8BITMIME', 'SMTPUTF8', 'STARTTLS']) {
      expect(offered).toContain(extension);
    }
    expect(offered).not.toContain('AUTH');
  });

  it('takes the null reverse-path', async () => {
    const { directory, client } = await mta();
    await client.say('EHLO client.example\r\n', 250);
    await client.say('MAIL FROM:<>\r\n', 250);
    await client.say('RCPT TO:<bob@example.com>\r\n', 250);
    await client.say('DATA\r\n', 354);

    await client.say(`Subject: bounce${END_OF_DATA}`, 250);

    expect(onlyMail(directory).envelope).toMatchObject({ mailFrom: '' });
  });

  it('keeps nothing of a message that breaks off', async () => {
    const { directory, client } = await mta();
    await startMessage(client);
    await client.send(Buffer.alloc(200_000, 'x'), 65_536);
    await expect.poll(() => readdirSync(directory)).toHaveLength(1);

    client.close();

    await expect.poll(() => readdirSync(directory)).toEqual([]);
  });
});
