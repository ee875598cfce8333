/** Real mail clients log in through the screen, by each mechanism that they have, at a real published server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import type { LogLine } from '../support/cloud-part.ts';
import { newToken } from '../support/cloud-session.ts';
import { type Attempt, CLIENT_NAME, MAIL_CLIENTS, type MailClient, MSMTP, NODEMAILER } from './mail-client.ts';
import { PASSWORD, PublishedServer, publishedServerMissing } from './published-server.ts';

/** Another address than the screen's own. */
const CLIENT_ADDRESS = '127.0.0.9';
const RECIPIENT = 'bob@elsewhere.example';
/** Octets of a token. */
const LONG = 8192;
const missing = publishedServerMissing();

function titleOf({ name, missing }: MailClient): string {
  return missing === undefined ? name : `${name} (skipped: ${missing})`;
}

/** Lines of the log that are about this one. */
function isOf({ username }: Attempt): (line: LogLine) => boolean {
  return (line) => line.username === username;
}

/** With lines that a careless relay would change. */
function message(username: string): Buffer {
  const head = [
    `From: <${username}>`,
    `Message-ID: <${username}>`,
    'Date: Tue, 03 Feb 2026 10:00:00 +0000',
    'Subject: x',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n.dot\r\n..two dots\r\n.\r\n\r\n \t blanks \r\nlast line\r\n`);
}

describe.skipIf(missing !== undefined)(
  `through the screen to Postfix with Dovecot${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let published: PublishedServer;
    let cloud: Cloud;

    beforeAll(async () => {
      published = await PublishedServer.start();
      cloud = await Cloud.start({
        settings: published.settings,
        items: [
          {
            server: 'inbound',
            item: 'settings',
            attributes: { mechanisms: ['CRAM-MD5', 'XOAUTH2'], commandProfile: 'isa2000fp1' },
          },
        ],
      });
    });
    afterAll(async () => {
      await cloud?.close();
      await published?.stop();
    });

    function attempt(mechanism: string, more: Partial<Attempt> = {}): Attempt {
      const username = `${newToken()}@example.com`;
      return {
        port: cloud.part('submission').port('starttls'),
        localAddress: CLIENT_ADDRESS,
        mechanism,
        username,
        secret: /OAUTH/.test(mechanism) ? published.newToken(username) : PASSWORD,
        from: username,
        to: RECIPIENT,
        content: message(username),
        ...more,
      };
    }

    function longToken(mail: Attempt): Attempt {
      return { ...mail, secret: published.newToken(mail.username, LONG) };
    }

    describe.each(MAIL_CLIENTS.map((client) => [titleOf(client), client] as const))('%s', (_title, client) => {
      it.skipIf(client.missing !== undefined).concurrent.each(client.mechanisms)(
        'logs in by %s, and its message arrives octet for octet, with its own address',
        async (mechanism) => {
          const mail = attempt(mechanism);

          const { isSent, said } = await client.send(mail);

          expect(isSent, said).toBe(true);
          const taken = published.mailWith(mail.username);
          expect(taken?.content.toString('latin1')).toBe(mail.content.toString('latin1'));
          expect(taken).toMatchObject({ sender: mail.username, recipients: [RECIPIENT] });
          expect(taken?.receivedField).toContain(`Received: from ${CLIENT_NAME} (unknown [${CLIENT_ADDRESS}])`);
          expect(taken?.receivedField).toContain(`(Authenticated sender: ${mail.username})`);
          expect(taken?.ours).toMatchObject({ address: `[${CLIENT_ADDRESS}]`, with: 'ESMTPSA' });
          expect(await cloud.part('submission').says('login', isOf(mail))).toMatchObject({
            mechanism,
            username: mail.username,
            verdict: 'permit',
            reply: '235 2.7.0 Authentication succeeded',
          });
        },
      );

      it.skipIf(client.missing !== undefined).concurrent.each(client.mechanisms)(
        'is refused by %s with a wrong secret, and nothing arrives',
        async (mechanism) => {
          const mail = attempt(mechanism, { secret: 'wrong' });

          const { isSent, said } = await client.send(mail);

          expect(isSent).toBe(false);
          expect(said).toContain('5.7.8');
          expect(published.mailWith(mail.username)).toBeUndefined();
          expect(await cloud.part('submission').says('login', isOf(mail))).toMatchObject({
            mechanism,
            username: mail.username,
            verdict: 'reject',
            reply: expect.stringMatching(/^535 5\.7\.8 /),
          });
        },
      );
    });

    it.skipIf(MSMTP.missing !== undefined)('what `mechanisms` does not name is neither offered nor used', async () => {
      const port = cloud.part('inbound').port('starttls');

      const named = await MSMTP.send(attempt('CRAM-MD5', { port }));
      const other = await MSMTP.send(attempt('SCRAM-SHA-256', { port }));

      expect(named.isSent, named.said).toBe(true);
      expect(named.said).toMatch(/AUTH CRAM-MD5 XOAUTH2\r?\n/);
      expect(other.isSent).toBe(false);
    });

    // msmtp writes no line of more than 4094 octets, and swaks knows no tokens.
    it('a token of 8 kB passes with `modern`, and is refused by name with `isa2000fp1`', async () => {
      const modern = longToken(attempt('XOAUTH2'));
      const isa = longToken(attempt('XOAUTH2', { port: cloud.part('inbound').port('starttls') }));

      const taken = await NODEMAILER.send(modern);
      const refused = await NODEMAILER.send(isa);

      expect(taken.isSent, taken.said).toBe(true);
      expect(published.mailWith(modern.username)).toBeDefined();
      expect(refused).toMatchObject({ isSent: false, said: expect.stringContaining('500 5.5.2') });
      expect(published.mailWith(isa.username)).toBeUndefined();
      expect(await cloud.part('inbound').says('refusal', ({ verb }) => verb === 'AUTH')).toMatchObject({
        rule: 'command#AUTH',
        limit: 500,
      });
    });
  },
);
