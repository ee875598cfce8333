/**
 * The published server of these tests: a Postfix whose logins a Dovecot judges. It takes mail from those alone who
 * logged in at it, and from them to anywhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { PolicyAttributes } from '../../policy/item.ts';
import { PostfixSubject, postfixMissing } from '../differential/postfix-subject.ts';
import type { Delivered } from '../differential/subject.ts';
import { type OurReceived, splitReceived } from '../support/received.ts';
import { DovecotAuth, dovecotMissing } from './dovecot-auth.ts';

/** The password of every user. */
export const PASSWORD = 'open-sesame';
/** What clients may use through the screen, in the server's own order. */
export const MECHANISMS = [
  'PLAIN',
  'LOGIN',
  'CRAM-MD5',
  'SCRAM-SHA-1',
  'SCRAM-SHA-256',
  'XOAUTH2',
  'OAUTHBEARER',
] as const;
/** Offered by the server, and by the screen only where `mechanisms` names them. */
const SCREENED_OFF = ['DIGEST-MD5', 'ANONYMOUS'];

/** Octets of a line that a Postfix takes for one, which else is 2048. */
const LINE_LENGTH_LIMIT = 20_480;

/** A message as the published server took it. */
export interface TakenMail extends Omit<Delivered, 'content'> {
  /** The server's own trace field, and ours after it. */
  readonly receivedField: string;
  readonly ours: OurReceived;
  /** Octets of the client's message. */
  readonly content: Buffer;
}

/** Why it cannot run here; `undefined` when it can. */
export function publishedServerMissing(): string | undefined {
  return postfixMissing() ?? dovecotMissing();
}

export class PublishedServer {
  readonly #postfix: PostfixSubject;
  readonly #dovecot: DovecotAuth;
  readonly #delivered: Delivered[] = [];

  private constructor(postfix: PostfixSubject, dovecot: DovecotAuth) {
    this.#postfix = postfix;
    this.#dovecot = dovecot;
  }

  static async start(password = PASSWORD): Promise<PublishedServer> {
    const mechanisms = [...MECHANISMS, ...SCREENED_OFF].map((name) => name.toLowerCase());
    const dovecot = await DovecotAuth.start(password, mechanisms);
    try {
      return new PublishedServer(await PostfixSubject.start(postfixSettings(dovecot)), dovecot);
    } catch (error) {
      await dovecot.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#postfix.port;
  }

  /** Settings of a published server whose clients log in here. */
  get settings(): PolicyAttributes {
    return {
      authentication: 'required',
      authenticator: 'next-hop',
      relay: 'any-domain',
      defaultNextHop: `smtp://127.0.0.1:${this.port}`,
      passClient: 'xclient',
      // A process that was killed may be replaced a while later.
      nextHopConnectTimeoutSeconds: 15,
      nextHopTimeoutSeconds: 15,
      nextHopFinalTimeoutSeconds: 15,
    };
  }

  /** @param octets about its length */
  newToken(username: string, octets?: number): string {
    return this.#dovecot.newToken(username, octets);
  }

  /** The message with `text` in it. */
  mailWith(text: string): TakenMail | undefined {
    this.#delivered.push(...this.#postfix.takeDelivered());
    const index = this.#delivered.findIndex(({ content }) => content.includes(text));
    const delivered = this.#delivered[index];
    if (delivered === undefined) return undefined;
    const split = splitReceived(delivered.content);
    if (split === undefined) throw new Error(`Our Received field is not in front: ${delivered.content}`);
    return {
      ...delivered,
      receivedField: this.#postfix.receivedFields[index] ?? '',
      ours: split.field,
      content: Buffer.from(split.rest, 'latin1'),
    };
  }

  /** SIGKILL to all that speak with clients now; new ones take their places. */
  killServers(): number {
    return killChildren(this.#postfix.pid, 'smtpd');
  }

  /** SIGKILL to what judges logins; another takes its place. */
  killJudge(): number {
    return killChildren(this.#dovecot.pid, 'auth');
  }

  async stop(): Promise<void> {
    await Promise.all([this.#postfix.stop(), this.#dovecot.stop()]);
  }
}

function postfixSettings(dovecot: DovecotAuth): Readonly<Record<string, string>> {
  return {
    smtpd_sasl_auth_enable: 'yes',
    smtpd_sasl_type: 'dovecot',
    smtpd_sasl_path: `inet:127.0.0.1:${dovecot.port}`,
    smtpd_sasl_security_options: '',
    smtpd_sasl_tls_security_options: '',
    smtpd_tls_auth_only: 'yes',
    smtpd_sasl_authenticated_header: 'yes',
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
    smtpd_authorized_xclient_hosts: '127.0.0.1',
    line_length_limit: String(LINE_LENGTH_LIMIT),
    service_throttle_time: '1s',
  };
}

/** How many there were. */
function killChildren(parent: number, program: string): number {
  let killed = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!isChild(pid, parent, program)) continue;
    process.kill(Number(pid), 'SIGKILL');
    killed += 1;
  }
  return killed;
}

function isChild(pid: string, parent: number, program: string): boolean {
  try {
    // pid (comm) state ppid
    const [, comm, ppid] = /^\d+ \((.*)\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    return comm === program && ppid === String(parent);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
