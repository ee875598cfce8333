/** Servers with one fault planted each: the probe finds it, and finds nothing where nothing is wrong. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressForms } from '../../functions/probe/address-forms.ts';
import type { ProbeOptions } from '../../functions/probe/context.ts';
import { probe } from '../../functions/probe/probe.ts';
import type { ProbeReport } from '../../functions/probe/report.ts';
import { PostfixSubject, postfixMissing } from '../differential/postfix-subject.ts';
import { Exim, eximMissing } from '../peers/exim.ts';
import { ProxyBed } from '../support/edge-proxy-bed.ts';
import { testPolicy } from '../support/policy.ts';
import { type Answer, startScripted } from './scripted-server.ts';
import { type Peer, startPeer } from './smtp-server-peer.ts';

type Chosen = Partial<ProbeOptions> & { readonly port: number };

async function probed({ port, ...chosen }: Chosen): Promise<ProbeReport> {
  return probe({
    door: { host: '127.0.0.1', port, tls: 'starttls', name: 'mx.example.com' },
    kind: 'inbound',
    domain: 'example.com',
    timeoutMs: 5_000,
    quietMs: 150,
    nowMs: Date.now,
    ...chosen,
  });
}

async function peer(...args: Parameters<typeof startPeer>): Promise<Peer> {
  const made = await startPeer(...args);
  onTestFinished(() => made.stop());
  return made;
}

function faultsOf({ steps }: ProbeReport): string[] {
  return steps.filter(({ outcome }) => outcome === 'fault').map(({ check }) => check);
}

/** What every test's server cannot have: a certificate of a known authority. */
const UNTRUSTED = ['certificate'];

describe('a server of npm smtp-server', () => {
  it('is found to be right', async () => {
    const { port, ca } = await peer();

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toEqual([]);
  });

  it('that takes any recipient is an open relay, in plain words', async () => {
    const { port, ca } = await peer({ onRcptTo: (_address, _session, done) => done() });

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toContain('relay');
    expect(report.steps.find(({ check }) => check === 'relay')?.detail).toContain(
      'plain <postern-probe@example.org>: 250',
    );
  });

  it.each([
    ['the null sender', ''],
    ['a sender that looks like its own', 'postmaster@example.com'],
  ])('that relays for %s alone is found', async (_what, trusted) => {
    const { port, ca } = await peer({
      onRcptTo: (_address, { envelope }, done) => {
        const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        done(sender === trusted ? null : Object.assign(new Error('No relay'), { responseCode: 550 }));
      },
    });

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toEqual(['relay']);
  });

  it('that takes the percent hack is found', async () => {
    const { port, ca } = await peer({
      onRcptTo: ({ address }, _session, done) => {
        done(/%/.test(address) ? null : Object.assign(new Error('No relay'), { responseCode: 550 }));
      },
    });

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toContain('relay');
  });

  it('that takes every mailbox of its own is no relay by that', async () => {
    const { port, ca } = await peer({
      onRcptTo: ({ address }, _session, done) => {
        const isOwn = /@example\.com$/.test(address) || !address.includes('@');
        done(isOwn ? null : Object.assign(new Error('No relay'), { responseCode: 550 }));
      },
    });

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toEqual([]);
    expect(report.steps.map(({ check }) => check)).toContain('relay-catch-all');
  });

  it('that offers AUTH in the clear is found', async () => {
    const { port, ca } = await peer({ disabledCommands: [], allowInsecureAuth: true });

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toContain('auth-clear');
  });

  it('without AUTH is no server for submission', async () => {
    const { port, ca } = await peer();

    const report = await probed({ port, ca, kind: 'submission' });

    expect(faultsOf(report)).toContain('auth');
  });

  it('without TLS is found', async () => {
    const { port } = await peer({ disabledCommands: ['AUTH', 'STARTTLS'] });

    const report = await probed({ port });

    expect(faultsOf(report)).toContain('starttls');
  });

  it('whose certificate ends soon, or has another name, is found', async () => {
    const { port, ca } = await peer({}, 20);

    const report = await probed({
      port,
      ca,
      door: { host: '127.0.0.1', port, tls: 'starttls', name: 'mx2.example.com' },
    });

    expect(faultsOf(report)).toEqual(expect.arrayContaining(['certificate', 'certificate-expiry']));
  });

  it('that speaks TLS 1.0 is found', async () => {
    const { port, ca } = await peer({ minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });

    const report = await probed({ port, ca });

    expect(faultsOf(report)).toContain('tls-versions');
  });

  it('takes the message that it is asked to take, and no other', async () => {
    const messages: string[] = [];
    const { port, ca } = await peer({
      onData: (stream, _session, done) => {
        const octets: Buffer[] = [];
        stream.on('data', (chunk) => octets.push(chunk));
        stream.on('end', () => {
          messages.push(Buffer.concat(octets).toString('latin1'));
          done();
        });
      },
    });

    await probed({ port, ca });
    const unasked = messages.length;
    const report = await probed({ port, ca, deliver: { from: 'me@example.net', to: 'bob@example.com' } });

    expect(unasked).toBe(0);
    expect(messages[0]).toContain('Subject: Postern probe');
    expect(report.steps.find(({ check }) => check === 'deliver')?.outcome).toBe('ok');
  });
});

describe('a scripted server', () => {
  async function scripted(replies: Readonly<Record<string, Answer>>): Promise<number> {
    const server = await startScripted({
      RCPT: '550 5.7.1 no relay',
      VRFY: '252 perhaps',
      EXPN: '502 no',
      NOOP: '500 too long',
      ...replies,
    });
    onTestFinished(() => server.stop());
    return server.port;
  }
  const faults = async (options: Chosen): Promise<string[]> =>
    faultsOf(await probed(options)).filter((name) => name !== 'starttls');

  it('that tells who is there by VRFY is found', async () => {
    const port = await scripted({ VRFY: (line) => (/postmaster/.test(line) ? '250 here' : '550 no') });

    expect(await faults({ port })).toEqual(['vrfy']);
  });

  it('that carries EXPN out is found', async () => {
    expect(await faults({ port: await scripted({ EXPN: '250 <a@example.com>' }) })).toEqual(['expn']);
  });

  it('that greylists is not judged, and not at fault', async () => {
    expect(await faults({ port: await scripted({ RCPT: '451 4.7.1 later' }) })).toEqual([]);
  });

  it('that takes a command of 16 KiB is found', async () => {
    expect(await faults({ port: await scripted({ NOOP: '250 fine' }) })).toEqual(['oversize']);
  });

  it('that takes the rest of a long line for commands is found', async () => {
    expect(await faults({ port: await scripted({ NOOP: '500 too long\r\n500 what?' }) })).toEqual(['oversize']);
  });

  it('that ends a message at LF . LF is found', async () => {
    const port = await scripted({
      RCPT: (line) => (/bob@/.test(line) ? '250 ok' : '550 no relay'),
      '.': (content) => (content.includes('\n.\nNOOP') ? '250 taken\r\n250 noop' : '250 taken'),
    });

    expect(await faults({ port, deliver: { from: 'me@example.net', to: 'bob@example.com' } })).toEqual(['smuggling']);
  });

  it('that does not answer is a fault with its reason, and everything else is skipped', async () => {
    const port = await scripted({ EHLO: '500 no' });

    const report = await probed({ port });

    expect(faultsOf(report)).toEqual(['greeting']);
    expect(report.steps[0]?.detail).toContain('EHLO is answered 500');
  });
});

describe('our own server', () => {
  async function bed(...args: Parameters<typeof testPolicy>): Promise<ProxyBed> {
    const made = await ProxyBed.start({ policy: testPolicy(...args) });
    onTestFinished(() => made.close());
    return made;
  }
  // The bed's certificate is of no authority.
  const BED = UNTRUSTED;

  it('for anonymous senders has no fault', async () => {
    const { port } = await bed();

    expect(faultsOf(await probed({ port }))).toEqual(BED);
  });

  it('for users has no fault, on both kinds of listener', async () => {
    const { port, tlsPort } = await bed({ authentication: 'required', relay: 'any-domain' });
    const implicit = { host: '127.0.0.1', port: tlsPort, tls: 'implicit', name: 'mx.example.com' } as const;

    expect(faultsOf(await probed({ port, kind: 'submission' }))).toEqual(BED);
    expect(faultsOf(await probed({ port: tlsPort, door: implicit, kind: 'submission' }))).toEqual(BED);
  });

  it.each<[string, Parameters<typeof testPolicy>, string]>([
    ['AUTH in the clear', [{ authentication: 'offered', authenticationRequiresTls: false }], 'auth-clear'],
    ['a network that may relay', [{}, [{ item: 'client#127.0.0.0/8', access: 'relay' }]], 'relay'],
  ])('with %s is found', async (_what, policy, check) => {
    const made = await bed(...policy);
    made.decisions.onCheckRelay = (request) =>
      ({
        kind: request.trusted || request.recipient.endsWith('@example.com') ? 'permit' : 'reject',
        nextHop: { kind: 'ses' },
        reply: { code: 550, enhanced: '5.7.1', lines: ['Relay access denied'] },
        scope: 'recipient',
        cacheSeconds: 0,
        rule: 'test',
      }) as never;

    expect(faultsOf(await probed({ port: made.port }))).toContain(check);
  });
});

describe.skipIf(postfixMissing() !== undefined)('Postfix', () => {
  it.each([
    ['as it comes, has no fault but what every server in the clear has', { mynetworks: '192.0.2.0/24' }, false],
    ['open to its network, relays', { mynetworks: '127.0.0.0/8' }, true],
  ])(
    '%s',
    async (_what, settings, isOpen) => {
      const postfix = await PostfixSubject.start({
        mydestination: 'example.com',
        smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
        smtpd_recipient_restrictions: '',
        ...settings,
      });
      onTestFinished(() => postfix.stop());

      const report = await probed({ port: postfix.port });

      expect(faultsOf(report).includes('relay'), JSON.stringify(report.steps, undefined, 1)).toBe(isOpen);
    },
    60_000,
  );
});

describe.skipIf(eximMissing() !== undefined)('Exim', () => {
  it('that takes any message relays', async () => {
    const exim = await Exim.start();
    onTestFinished(() => exim.stop());

    expect(faultsOf(await probed({ port: exim.port }))).toContain('relay');
  });
});

it('there are forty forms of address and more, no two alike', () => {
  const forms = addressForms({ own: 'example.com', other: 'example.org', literal: '[127.0.0.1]' });

  expect(new Set(forms.map(({ sender, recipient }) => sender + recipient)).size).toBeGreaterThanOrEqual(40);
  expect(new Set(forms.map(({ name }) => name)).size).toBe(forms.length);
});
