/** Mail clients that people use, each told by its own means to log in by one mechanism and to send one message. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';

/** The name that every client gives. */
export const CLIENT_NAME = 'client.example';
const HOST = '127.0.0.1';

export interface Attempt {
  readonly port: number;
  /** STARTTLS first. @default true */
  readonly isTls?: boolean;
  /** @default 127.0.0.1 */
  readonly localAddress?: string;
  readonly mechanism: string;
  readonly username: string;
  /** A password or a token, whichever the mechanism has. */
  readonly secret: string;
  readonly from: string;
  readonly to: string;
  /** Lines end with CR LF. It has From, Date and Message-ID, which clients else add. */
  readonly content: Buffer;
}

export interface Outcome {
  readonly isSent: boolean;
  /** The dialogue, or of it what the client tells. */
  readonly said: string;
}

export interface MailClient {
  readonly name: string;
  /** That it speaks. */
  readonly mechanisms: readonly string[];
  /** Why it cannot run here; `undefined` when it can. */
  readonly missing: string | undefined;
  send(attempt: Attempt): Promise<Outcome>;
}

export const SWAKS: MailClient = {
  name: 'swaks',
  mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
  missing: has('swaks', '--version') ? undefined : 'swaks is not installed',
  send: (attempt) => {
    const { port, isTls = true, localAddress = HOST, mechanism, username, secret, from, to, content } = attempt;
    const session = [
      '--server',
      HOST,
      '--port',
      String(port),
      '--local-interface',
      localAddress,
      '--ehlo',
      CLIENT_NAME,
    ];
    const login = ['--auth', mechanism, '--auth-user', username, '--auth-password', secret];
    const envelope = ['--from', from, '--to', to, '--data', '-'];
    // It puts CR LF and the dot after whatever it reads.
    const lines = content.subarray(0, content.lastIndexOf('\r\n'));
    return run('swaks', [...session, ...(isTls ? ['--tls'] : []), ...login, ...envelope], lines);
  },
};

export const MSMTP: MailClient = {
  name: 'msmtp',
  mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER'],
  missing: has('msmtp', '--version') ? undefined : 'msmtp is not installed',
  send: async (attempt) => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-msmtp-'));
    try {
      writeFileSync(join(folder, 'secret'), attempt.secret);
      writeFileSync(join(folder, 'msmtprc'), msmtpConfiguration(folder, attempt), { mode: 0o600 });
      const flags = [`--file=${join(folder, 'msmtprc')}`, '--debug', `--from=${attempt.from}`, '--', attempt.to];
      // It reads a message as it lies on disks here.
      return await run('msmtp', flags, attempt.content.toString('latin1').replaceAll('\r\n', '\n'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function msmtpConfiguration(folder: string, attempt: Attempt): string {
  const { port, isTls = true, localAddress = HOST, mechanism, username } = attempt;
  return `account default
host ${HOST}
port ${port}
source_ip ${localAddress}
domain ${CLIENT_NAME}
tls ${isTls ? 'on' : 'off'}
tls_starttls ${isTls ? 'on' : 'off'}
tls_certcheck off
auth ${mechanism.toLowerCase()}
user ${username}
passwordeval cat ${folder}/secret
`;
}

export const NODEMAILER: MailClient = {
  name: 'nodemailer',
  mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'],
  missing: undefined,
  send: async (attempt) => {
    const { port, isTls = true, localAddress = HOST, mechanism, username, secret, from, to, content } = attempt;
    const isToken = mechanism === 'XOAUTH2';
    const transport = createTransport({
      host: HOST,
      port,
      localAddress,
      name: CLIENT_NAME,
      requireTLS: isTls,
      ignoreTLS: !isTls,
      tls: { rejectUnauthorized: false },
      auth: isToken ? { type: 'OAuth2', user: username, accessToken: secret } : { user: username, pass: secret },
      ...(isToken ? {} : { authMethod: mechanism }),
    });
    try {
      const { response } = await transport.sendMail({ envelope: { from, to }, raw: content });
      return { isSent: true, said: response };
    } catch (error) {
      return { isSent: false, said: String(error) };
    } finally {
      transport.close();
    }
  },
};

export const MAIL_CLIENTS: readonly MailClient[] = [SWAKS, MSMTP, NODEMAILER];

function has(program: string, flag: string): boolean {
  return spawnSync(program, [flag], { stdio: 'ignore' }).status === 0;
}

/** Exit code 0 of these programs means that the message was taken. */
export async function run(program: string, flags: readonly string[], input: string | Buffer): Promise<Outcome> {
  const child = spawn(program, flags, { stdio: ['pipe', 'pipe', 'pipe'] });
  // One that is refused does not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof input === 'string' ? Buffer.from(input, 'latin1') : input);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { isSent: code === 0, said: `${output}${errors}` };
}
