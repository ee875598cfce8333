/** XCLIENT as Postfix takes it: its Received field and its checks name the client and not us. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { XclientIdentity } from '../../edge-proxy/next-hop/next-hop.ts';
import { SmtpNextHops } from '../../edge-proxy/next-hop/smtp/smtp-next-hops.ts';
import type { SmtpNextHop } from '../../policy/next-hop.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { PostfixSubject, postfixMissing } from '../differential/postfix-subject.ts';
import { AMPLE, CONTENT, PLAIN_MAIL } from '../support/hop-bed.ts';
import { offerOne } from '../support/offer-one.ts';

const DENIED = '198.51.100.9';
const missing = postfixMissing();

describe.skipIf(missing !== undefined)(`Postfix${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let postfix: PostfixSubject;
  let nextHops: SmtpNextHops;
  let hop: SmtpNextHop;

  beforeAll(async () => {
    postfix = await PostfixSubject.start({
      smtpd_authorized_xclient_hosts: '127.0.0.1',
      smtpd_sasl_authenticated_header: 'yes',
      smtpd_client_restrictions: `check_client_access inline:{{${DENIED}=REJECT go away}}`,
      inet_protocols: 'all',
    });
    nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example' });
    hop = { kind: 'smtp', hosts: [{ host: '127.0.0.1', port: postfix.port }], tls: 'offer' };
  }, 20_000);
  afterAll(async () => {
    nextHops?.close();
    await postfix?.stop();
  });

  async function deliver(xclientIdentity: XclientIdentity | undefined): Promise<HopAnswer> {
    const transaction = nextHops.begin(hop, { mail: PLAIN_MAIL, timeouts: AMPLE, xclientIdentity, onDrain: () => {} });
    const recipient = await offerOne(transaction, 'bob@example.com');
    if (!recipient.isTaken) {
      transaction.abandon();
      return recipient;
    }
    await transaction.startContent();
    transaction.write(Buffer.from(CONTENT));
    return await transaction.finish();
  }

  function client(address: string, name: string, login?: string): XclientIdentity {
    return { address, hello: { verb: 'EHLO', name }, login };
  }

  it('names each client in its Received field', async () => {
    const before = postfix.receivedFields.length;

    const answers = [
      await deliver(client('192.0.2.7', 'alice.example', 'alice@example.com')),
      await deliver(client('2001:db8::8', '[IPv6:2001:db8::8]')),
      await deliver(client('192.0.2.7', 'alice.example', 'alice+home=x@example.com')),
    ];

    expect(answers.map(({ isTaken }) => isTaken)).toEqual([true, true, true]);
    const [alice, bob, again] = postfix.receivedFields.slice(before);
    expect(alice).toMatch(/^Received: from alice\.example \(unknown \[192\.0\.2\.7\]\)/);
    expect(alice).toContain('(Authenticated sender: alice@example.com)');
    expect(bob).toMatch(/^Received: from \[IPv6:2001:db8::8\] \(unknown \[IPv6:2001:db8::8\]\)/);
    expect(bob).not.toContain('Authenticated sender');
    expect(again).toContain('(Authenticated sender: alice+home=x@example.com)');
  });

  it('is told once of a client whose mails share a connection', async () => {
    const before = nextHops.connectionCount;
    const patient = client('192.0.2.70', 'patient.example');

    for (let count = 0; count < 5; count += 1) expect((await deliver(patient)).isTaken).toBe(true);

    expect(nextHops.connectionCount).toBe(before + 1);
    for (const field of postfix.receivedFields.slice(-5)) expect(field).toContain('[192.0.2.70]');
  });

  it('names us where no one is passed on', async () => {
    await deliver(undefined);

    expect(postfix.receivedFields.at(-1)).toMatch(/^Received: from proxy\.example \(unknown \[127\.0\.0\.1\]\)/);
  });

  it('refuses the mail of a client whom it denies, in its own words, and takes the next one', async () => {
    expect(await deliver(client(DENIED, 'bad.example'))).toMatchObject({
      isTaken: false,
      reply: { code: 554, enhanced: '5.7.1', text: expect.stringContaining('go away') },
    });
    expect((await deliver(client('192.0.2.7', 'alice.example'))).isTaken).toBe(true);
  });

  it('takes any name that a client may give', async () => {
    for (const name of ['a', 'a_b', 'x'.repeat(255), 'a%b', '-', '"a"', '=+=']) {
      expect((await deliver(client('192.0.2.7', name))).isTaken, name).toBe(true);
    }
  });
});
