/** One message for two servers: the one that the client logged in at through the screen, and an Exim that knows nothing of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { line, messageWith, newToken, onTheWire } from '../support/cloud-session.ts';
import { splitReceived } from '../support/received.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { Exim, eximMissing } from './exim.ts';
import { PASSWORD, PublishedServer, publishedServerMissing } from './published-server.ts';
import { saslClient } from './sasl-client.ts';

const USERNAME = 'alice@example.com';
const AT_PUBLISHED = 'bob@elsewhere.example';
const AT_EXIM = 'carol@second.example';
const missing = publishedServerMissing() ?? eximMissing();

describe.skipIf(missing !== undefined)(
  `Postfix with Dovecot, and Exim${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let published: PublishedServer;
    let exim: Exim;
    let cloud: Cloud;
    let client: SmtpClient;

    beforeAll(async () => {
      [published, exim] = await Promise.all([PublishedServer.start(), Exim.start()]);
      cloud = await Cloud.start({
        servers: ['submission'],
        settings: published.settings,
        items: [
          {
            server: 'submission',
            item: 'domain#second.example',
            attributes: { nextHop: `smtp://127.0.0.1:${exim.port}` },
          },
        ],
      });
      client = await SmtpClient.connectTls(cloud.part('submission').port('tls'));
      await client.reply();
      await client.command('EHLO client.example');
    });
    afterAll(async () => {
      client?.destroy();
      await cloud?.close();
      await Promise.all([exim?.stop(), published?.stop()]);
    });

    it('both take the message, octet for octet, and the first as the user’s', async () => {
      const { answer } = saslClient('CRAM-MD5', { username: USERNAME, password: PASSWORD });
      const challenge = line(await client.command('AUTH CRAM-MD5')).slice('334 '.length);
      const response = Buffer.from(answer(Buffer.from(challenge, 'base64').toString())).toString('base64');
      expect(line(await client.command(response))).toBe('235 2.7.0 Authentication succeeded');
      const token = newToken();
      const content = messageWith(token, 100_000);

      for (const command of [`MAIL FROM:<${USERNAME}>`, `RCPT TO:<${AT_PUBLISHED}>`, `RCPT TO:<${AT_EXIM}>`]) {
        expect((await client.command(command)).code, command).toBe(250);
      }
      expect((await client.command('DATA')).code).toBe(354);
      client.write(onTheWire(content));
      expect(line(await client.reply())).toMatch(/^250 2\.0\.0 OK/);

      const atPublished = published.mailWith(token);
      const atExim = await exim.mailWith(token);
      expect(atPublished).toMatchObject({ sender: USERNAME, recipients: [AT_PUBLISHED] });
      expect(atPublished?.content.equals(content)).toBe(true);
      expect(atPublished?.receivedField).toContain(`(Authenticated sender: ${USERNAME})`);
      expect(atExim).toMatchObject({ sender: USERNAME, recipients: [AT_EXIM] });
      expect(splitReceived(atExim.content)?.rest).toBe(content.toString('latin1'));
    });
  },
);
