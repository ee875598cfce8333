/** AUTH through the screen, said word for word: what is offered, how long a line may be, what happens when the server dies. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { line, messageWith, newToken, sendMail } from '../support/cloud-session.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { MECHANISMS, PublishedServer, publishedServerMissing } from './published-server.ts';

/** Octets with CR LF that `submission` takes in a line of AUTH: four to a group of base64, so that one can be exactly at it. */
const RESPONSE_LIMIT = 242;
/** The same of `inbound`, for the command. */
const COMMAND_LIMIT = 301;
const CRLF = 2;
/** Octets whose base64 is a response exactly at the limit. */
const AT_LIMIT = ((RESPONSE_LIMIT - CRLF) * 3) / 4;
const PASSWORD = 'p'.repeat(AT_LIMIT);
const DOMAIN = '@example.com';
const TAKEN = '235 2.7.0 Authentication succeeded';
const missing = publishedServerMissing();

function base64(octets: string): string {
  return Buffer.from(octets).toString('base64');
}

/** An address of so many octets. */
function usernameOf(octets: number): string {
  return `${'u'.repeat(octets - DOMAIN.length)}${DOMAIN}`;
}

describe.skipIf(missing !== undefined)(
  `word for word with Postfix and Dovecot${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let published: PublishedServer;
    let cloud: Cloud;
    const clients: SmtpClient[] = [];

    beforeAll(async () => {
      published = await PublishedServer.start(PASSWORD);
      cloud = await Cloud.start({
        settings: published.settings,
        items: [
          { server: 'submission', item: 'command#AUTH', attributes: { maxOctets: RESPONSE_LIMIT } },
          { server: 'inbound', item: 'command#AUTH', attributes: { maxOctets: COMMAND_LIMIT } },
        ],
      });
    });
    afterAll(async () => {
      for (const client of clients) client.destroy();
      await cloud?.close();
      await published?.stop();
    });

    /** Under TLS, EHLO said. */
    async function opened(server: 'submission' | 'inbound'): Promise<SmtpClient> {
      const client = await SmtpClient.connectTls(cloud.part(server).port('tls'));
      clients.push(client);
      expect((await client.reply()).code).toBe(220);
      expect((await client.command('EHLO client.example')).code).toBe(250);
      return client;
    }

    async function said(client: SmtpClient, command: string): Promise<string> {
      return line(await client.command(command));
    }

    /** The session takes the login, each line of which may be as long as the limit has it, and its mail. */
    async function expectToGoOn(client: SmtpClient, from = `${newToken()}${DOMAIN}`): Promise<void> {
      const token = newToken();
      expect(await said(client, 'AUTH LOGIN')).toMatch(/^334 /);
      expect(await said(client, base64(from))).toMatch(/^334 /);
      expect(await said(client, base64(PASSWORD))).toBe(TAKEN);

      expect(line(await sendMail(client, { from, to: 'bob@elsewhere.example', content: messageWith(token) }))).toMatch(
        /^250 2\.0\.0 OK/,
      );
      expect(published.mailWith(token)?.receivedField).toContain(`(Authenticated sender: ${from})`);
    }

    it('offers what the server has, less DIGEST-MD5 and ANONYMOUS', async () => {
      const client = await opened('submission');

      const { lines } = await client.command('EHLO client.example');

      const offered = lines.find((text) => /^250.AUTH /.test(text))?.slice('250 AUTH '.length);
      expect(offered?.split(' ').sort()).toEqual([...MECHANISMS].sort());
    });

    it('the command passes at the limit, and one octet over it is refused by name', async () => {
      const username = usernameOf(34);
      const command = `AUTH PLAIN ${base64(`\0${username}\0${PASSWORD}`)}`;
      expect(command.length + CRLF).toBe(COMMAND_LIMIT);
      const client = await opened('inbound');

      expect(await said(client, `${command}A`)).toBe('500 5.5.2 Command line too long');
      expect(await said(client, command)).toBe(TAKEN);

      expect(await cloud.part('inbound').says('refusal', ({ verb }) => verb === 'AUTH')).toMatchObject({
        rule: 'command#AUTH',
        octets: COMMAND_LIMIT + 1,
        limit: COMMAND_LIMIT,
      });
    });

    it.each([
      ['first', []],
      ['second', [base64(usernameOf(AT_LIMIT))]],
    ])(
      'one octet over the limit in the %s line of LOGIN is refused, and the session goes on',
      async (_line, before) => {
        const client = await opened('submission');

        expect(await said(client, 'AUTH LOGIN')).toMatch(/^334 /);
        for (const response of before) expect(await said(client, response)).toMatch(/^334 /);
        expect(await said(client, `${base64(usernameOf(AT_LIMIT))}A`)).toBe(
          '500 5.5.6 Authentication exchange line too long',
        );

        await expectToGoOn(client, usernameOf(AT_LIMIT));
      },
    );

    it.each([
      ['the process of the server', () => published.killServers()],
      ['the judge behind it', () => published.killJudge()],
    ])('%s is killed in the middle of an exchange: 454, and the session goes on', async (_claim, kill) => {
      const client = await opened('submission');
      expect(await said(client, 'AUTH LOGIN')).toMatch(/^334 /);
      expect(await said(client, base64(usernameOf(40)))).toMatch(/^334 /);

      expect(kill()).toBeGreaterThan(0);
      const reply = await said(client, base64(PASSWORD));

      expect(reply).toBe('454 4.7.0 Temporary authentication failure');
      await expectToGoOn(client);
    });
  },
);
