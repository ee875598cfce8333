/** AUTH through the screen with a real published server: Postfix, whose logins Dovecot judges. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AllNextHops } from '../../edge-proxy/next-hop/all-next-hops.ts';
import type { SesNextHop } from '../../edge-proxy/next-hop/ses/transaction.ts';
import { SmtpNextHops } from '../../edge-proxy/next-hop/smtp/smtp-next-hops.ts';
import { PostfixSubject, postfixMissing } from '../differential/postfix-subject.ts';
import { hopNamed, ProxyBed, permitRelay } from '../support/edge-proxy-bed.ts';
import type { TestClient } from '../support/edge-proxy-client.ts';
import { testPolicy } from '../support/policy.ts';
import { DovecotAuth, dovecotMissing } from './dovecot-auth.ts';
import { saslClient } from './sasl-client.ts';

const MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'];
const GOOD = { username: 'alice@example.com', password: 'open-sesame' };
const missing = postfixMissing() ?? dovecotMissing();

describe.skipIf(missing !== undefined)(
  `Postfix with Dovecot${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let dovecot: DovecotAuth;
    let postfix: PostfixSubject;
    let bed: ProxyBed;

    beforeAll(async () => {
      dovecot = await DovecotAuth.start(GOOD.password, [...MECHANISMS.map((name) => name.toLowerCase()), 'anonymous']);
      postfix = await PostfixSubject.start({
        smtpd_sasl_auth_enable: 'yes',
        smtpd_sasl_type: 'dovecot',
        smtpd_sasl_path: `inet:127.0.0.1:${dovecot.port}`,
        smtpd_sasl_security_options: '',
        smtpd_sasl_tls_security_options: '',
        smtpd_tls_auth_only: 'yes',
        smtpd_sasl_authenticated_header: 'yes',
        smtpd_authorized_xclient_hosts: '127.0.0.1',
      });
      const hop = `smtp://127.0.0.1:${postfix.port}`;
      // No mail of these tests goes to Amazon SES.
      const nextHops = new AllNextHops(
        new SmtpNextHops({ ehloName: () => 'mx.example.com' }),
        {} as SesNextHop,
        () => {},
      );
      bed = await ProxyBed.start({
        policy: testPolicy({
          authentication: 'required',
          authenticator: 'next-hop',
          defaultNextHop: hop,
          passClient: 'xclient',
          maxLoginFailures: 100,
        }),
        nextHop: hopNamed(hop),
        nextHops,
      });
      bed.decisions.onCheckRelay = () => permitRelay(hopNamed(hop));
    }, 30_000);
    afterAll(async () => {
      await bed?.close();
      await postfix?.stop();
      await dovecot?.stop();
    });

    async function greeted(): Promise<TestClient> {
      const client = await bed.greetedTls();
      await client.ask('EHLO client.example');
      return client;
    }

    async function login(
      client: TestClient,
      mechanism: string,
      credentials = GOOD,
      hasInitial = true,
    ): Promise<string> {
      const sasl = saslClient(mechanism, credentials);
      const encoded = (text: string): string => Buffer.from(text).toString('base64');
      const isInitial = hasInitial && sasl.initial !== undefined;
      let mustSayInitial = !isInitial && sasl.initial !== undefined;
      let reply = await client.ask(`AUTH ${mechanism}${isInitial ? ` ${encoded(sasl.initial)}` : ''}`);
      while (reply.startsWith('334 ')) {
        const challenge = Buffer.from(reply.slice(4), 'base64').toString();
        reply = await client.ask(encoded(mustSayInitial ? (sasl.initial ?? '') : sasl.answer(challenge)));
        mustSayInitial = false;
      }
      return reply;
    }

    async function sendMail(client: TestClient): Promise<string> {
      await client.ask('MAIL FROM:<alice@example.com>');
      await client.ask('RCPT TO:<bob@example.com>');
      await client.ask('DATA');
      return await client.ask('Subject: x\r\n\r\nHello\r\n.');
    }

    it('has its mechanisms offered, less those that name no one', async () => {
      const client = await bed.greetedTls();

      const [, offered = ''] = /AUTH (.*)\r\n/.exec(await client.ask('EHLO client.example')) ?? [];

      expect(offered.split(' ').sort()).toEqual([...MECHANISMS].sort());
    });

    it.each(MECHANISMS.flatMap((mechanism) => [[mechanism, true] as const, [mechanism, false] as const]))(
      'takes a login by %s and its mail (initial response: %s)',
      async (mechanism, hasInitial) => {
        const client = await greeted();

        expect(await login(client, mechanism, GOOD, hasInitial)).toBe('235 2.7.0 Authentication succeeded\r\n');
        expect(await sendMail(client)).toMatch(/^250 2\.0\.0 OK/);
        expect(await sendMail(client)).toMatch(/^250 2\.0\.0 OK/);

        expect(postfix.receivedFields.at(-1)).toContain('Received: from client.example ');
        expect(postfix.receivedFields.at(-1)).toContain('(Authenticated sender: alice@example.com)');
        expect(bed.eventsOf('login').at(-1)).toMatchObject({ mechanism, username: GOOD.username, verdict: 'permit' });
      },
    );

    it.each(MECHANISMS)(
      'refuses a wrong password by %s, and the session goes on to the right one',
      async (mechanism) => {
        const client = await greeted();

        expect(await login(client, mechanism, { ...GOOD, password: 'wrong' })).toMatch(/^535 5\.7\.8/);
        expect(await login(client, mechanism)).toMatch(/^235/);
      },
    );

    it.each(MECHANISMS)('can be left in the middle of %s', async (mechanism) => {
      const client = await greeted();
      expect(await client.ask(`AUTH ${mechanism}`)).toMatch(/^334 /);

      expect(await client.ask('*')).toBe('501 5.7.0 Authentication cancelled\r\n');
      expect(await login(client, mechanism)).toMatch(/^235/);
    });

    it('is not asked for another user than the one who logs in', async () => {
      const client = await greeted();
      const message = Buffer.from(`bob@example.com\0${GOOD.username}\0${GOOD.password}`).toString('base64');

      expect(await client.ask(`AUTH PLAIN ${message}`)).toMatch(/^535 5\.7\.8/);
    });
  },
);
