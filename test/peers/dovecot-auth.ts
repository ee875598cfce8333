/** A Dovecot of its own that only judges logins: configuration in a temporary folder, one port of 127.0.0.1, no system service. */
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { PeerProgram } from '../support/peer-program.ts';

const DOVECOT = '/usr/sbin/dovecot';

/** Why it cannot run here; `undefined` when it can. */
export function dovecotMissing(): string | undefined {
  if (!existsSync(DOVECOT)) return 'Dovecot is not installed';
  return process.getuid?.() === 0 ? undefined : 'Dovecot starts only as root';
}

export class DovecotAuth {
  readonly port: number;
  readonly #tokenKey: Buffer;
  readonly #program: PeerProgram;

  private constructor(port: number, tokenKey: Buffer, program: PeerProgram) {
    this.port = port;
    this.#tokenKey = tokenKey;
    this.#program = program;
  }

  /** Lets in anybody who knows `password`, or shows a token of `newToken`, by any of `mechanisms`. */
  static async start(password: string, mechanisms: readonly string[]): Promise<DovecotAuth> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-dovecot-'));
    const port = await freePort();
    const tokenKey = randomBytes(32);
    writeTokenKey(folder, tokenKey);
    writeFileSync(join(folder, 'oauth2.conf'), oauthConfiguration(folder));
    writeFileSync(join(folder, 'dovecot.conf'), configuration(folder, port, password, mechanisms));
    const command = [DOVECOT, '-c', join(folder, 'dovecot.conf'), '-F'];
    const log = join(folder, 'log');
    const release = (): void => rmSync(folder, { recursive: true, force: true });
    const program = await PeerProgram.start({ name: 'Dovecot', command, ports: [port], greets: true, log, release });
    return new DovecotAuth(port, tokenKey, program);
  }

  /** The process whose child judges logins. */
  get pid(): number {
    return this.#program.pid;
  }

  /**
   * A signed token (RFC 7519) that is good for an hour.
   *
   * @param octets about its length: something in it is made as long as that takes
   */
  newToken(username: string, octets = 0): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: username, iat: now, exp: now + 3600, pad: 'x'.repeat(Math.floor((octets * 3) / 4)) };
    const parts = [{ alg: 'HS256', typ: 'JWT' }, claims];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${signed}.${createHmac('sha256', this.#tokenKey).update(signed).digest('base64url')}`;
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}

function configuration(folder: string, port: number, password: string, mechanisms: readonly string[]): string {
  return `base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = ${mechanisms.join(' ')}
auth_failure_delay = 0
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/oauth2.conf
}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}
# Wrong passwords hold nobody up.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = ${port}
  }
}
`;
}

/** Where Dovecot looks for the key of a token that names neither party nor key. */
function writeTokenKey(folder: string, key: Buffer): void {
  // Read by Dovecot's own user.
  chmodSync(folder, 0o755);
  const keys = join(folder, 'keys', 'default', 'HS256');
  mkdirSync(keys, { recursive: true });
  writeFileSync(join(keys, 'default'), key.toString('base64'));
}

/** It checks tokens itself and asks no one. */
function oauthConfiguration(folder: string): string {
  return `introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${folder}/keys/
username_attribute = sub
`;
}
