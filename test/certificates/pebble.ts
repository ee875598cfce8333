/** Pebble, Let's Encrypt's ACME server for tests, with a DNS server that it asks; Debian's package `pebble` has both. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { freePort } from '../support/free-port.ts';
import { PeerProgram } from '../support/peer-program.ts';

const PROGRAMS = ['/usr/bin/pebble', '/usr/bin/pebble-challtestsrv'];

/** Why it cannot run here; `undefined` when it can. */
export function pebbleMissing(): string | undefined {
  return PROGRAMS.every(existsSync) ? undefined : 'Pebble is not installed';
}

export interface PebbleOptions {
  /** A key id with its HMAC key, base64url, that accounts must be bound to. */
  readonly binding?: { readonly keyId: string; readonly hmacKey: string };
  /** Seconds that its certificates are good for. */
  readonly validitySeconds?: number;
}

export class Pebble {
  /** URL of the directory. */
  readonly directory: string;
  /** URL by which the DNS server is told what to answer. */
  readonly dnsManagement: string;
  /** PEM of the authority of its own certificate. */
  readonly authorities: string;
  readonly #programs: readonly PeerProgram[];

  private constructor(parts: {
    directory: string;
    dnsManagement: string;
    authorities: string;
    programs: readonly PeerProgram[];
  }) {
    this.directory = parts.directory;
    this.dnsManagement = parts.dnsManagement;
    this.authorities = parts.authorities;
    this.#programs = parts.programs;
  }

  static async start({ binding, validitySeconds }: PebbleOptions = {}): Promise<Pebble> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-pebble-'));
    const [acme, dns, dnsManagement, challenges] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    });
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'certificate.pem'), cert);
    const configuration = {
      pebble: {
        listenAddress: `127.0.0.1:${acme}`,
        certificate: join(folder, 'certificate.pem'),
        privateKey: join(folder, 'key.pem'),
        httpPort: challenges,
        tlsPort: challenges,
        ocspResponderURL: '',
        externalAccountBindingRequired: binding !== undefined,
        ...(binding === undefined ? {} : { externalAccountMACKeys: { [binding.keyId]: binding.hmacKey } }),
        ...(validitySeconds === undefined ? {} : { certificateValidityPeriod: validitySeconds }),
      },
    };
    writeFileSync(join(folder, 'pebble.json'), JSON.stringify(configuration));
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
    const dnsAt = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`];
    const release = (): void => rmSync(folder, { recursive: true, force: true });
    const names = await PeerProgram.start({
      name: 'pebble-challtestsrv',
      command: ['pebble-challtestsrv', ...dnsAt, ...off],
      ports: [dnsManagement],
      release,
    });
    const programs = [names];
    try {
      const command = ['pebble', '-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dns}`];
      const environment = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '5' };
      programs.push(await PeerProgram.start({ name: 'Pebble', command, environment, ports: [acme] }));
    } catch (error) {
      await names.stop();
      throw error;
    }
    return new Pebble({
      directory: `https://localhost:${acme}/dir`,
      dnsManagement: `http://127.0.0.1:${dnsManagement}`,
      authorities: cert,
      programs,
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }
}
