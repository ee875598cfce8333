/** The certificate's file changes under a running task: new handshakes see it, and no session drops. */
import { renameSync, writeFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import { messageWith, newToken, openSubmission, sendMail } from '../support/cloud-session.ts';
import { makeCertificate } from '../support/edge-proxy-certificate.ts';
import type { SmtpClient } from '../support/smtp-client.ts';

const DAY_MS = 86_400_000;

let cloud: Cloud;
let standing: SmtpClient;

beforeAll(async () => {
  cloud = await Cloud.start({ servers: ['submission'] });
  standing = await openSubmission(cloud);
});

afterAll(async () => {
  standing.destroy();
  await cloud.close();
});

/** As a secret's mount or certbot does it: whole, under its name. */
function replace(pem: string): void {
  const draft = `${cloud.certificatePath}.new`;
  writeFileSync(draft, pem, { mode: 0o600 });
  renameSync(draft, cloud.certificatePath);
}

/** The name in the certificate of a new handshake. */
async function nameSeen(): Promise<string> {
  const client = await openSubmission(cloud);
  const { subject } = (client.socket as TLSSocket).getPeerCertificate();
  client.destroy();
  return String(subject.CN);
}

async function expectStandingSession(): Promise<void> {
  const token = newToken();
  const reply = await sendMail(standing, { to: `${token}@example.com`, content: messageWith(token) });
  expect(reply.code).toBe(250);
  expect(copiesAt(cloud.home, 'mta', token)).toBe(1);
}

describe('the certificate', () => {
  it('replaced: new handshakes see the new one, a standing session goes on', async () => {
    expect(await nameSeen()).toBe('submission.postern.test');

    replace((await makeCertificate({ name: 'new.test' })).pem);
    await cloud.part('submission').says('certificate-changed');

    expect(await nameSeen()).toBe('new.test');
    await expectStandingSession();
  });

  it('broken: the last good one stays in force, and the log says so once', async () => {
    const skip = cloud.part('submission').lines.length;

    replace('-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
    const { problem } = await cloud.part('submission').says('certificate-invalid', undefined, skip);

    expect(problem).not.toBe('');
    expect(await nameSeen()).toBe('new.test');
    await expectStandingSession();
    expect(cloud.part('submission').logged('certificate-invalid', skip)).toHaveLength(1);
  });

  it('expired: it is served, for a client can tell its user why, and the log warns of it', async () => {
    const notAfter = new Date(Date.now() - DAY_MS);

    replace((await makeCertificate({ name: 'expired.test', notAfter })).pem);
    const { validTo } = await cloud.part('submission').says('certificate-expired');

    expect(Date.parse(String(validTo))).toBeLessThan(Date.now());
    expect(await nameSeen()).toBe('expired.test');
    await expectStandingSession();
  });

  it('gone at a start: the task names it and ends with 1', async () => {
    const proxy = cloud.part('submission');
    await proxy.kill();
    renameSync(cloud.certificatePath, `${cloud.certificatePath}.away`);

    await expect(proxy.start()).rejects.toThrow(/exit code 1[\s\S]*Cannot use certificate .*ENOENT/);
  });
});
