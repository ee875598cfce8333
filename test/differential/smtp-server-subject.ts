/** npm smtp-server, set up as Postern is. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { ALICE } from '../support/answers.ts';
import { makeCertificate } from '../support/edge-proxy-certificate.ts';
import { comparable, type Delivered, isServed, MAX_MESSAGE_OCTETS, type Subject } from './subject.ts';

export class SmtpServerSubject implements Subject {
  readonly name = 'smtp-server';
  readonly #server: SMTPServer;
  readonly #delivered: Delivered[] = [];

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      ...options,
      authOptional: true,
      authMethods: ['PLAIN', 'LOGIN'],
      size: MAX_MESSAGE_OCTETS,
      disableReverseLookup: true,
      logger: false,
      onAuth: ({ username, password }, _session, done) =>
        username === ALICE.username && password === ALICE.password
          ? done(null, { user: username })
          : done(refusal(535, 'Authentication credentials invalid')),
      // The null reverse-path is no one's who has logged in.
      onMailFrom: ({ address }, { user }, done) =>
        done(user && address === '' ? refusal(553, 'Sender address not allowed') : null),
      onRcptTo: ({ address }, _session, done) => done(isServed(address) ? null : refusal(550, 'Relay access denied')),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          this.#deliver(session, Buffer.concat(chunks));
          done(null, 'OK');
        });
      },
    });
    // A client that leaves in the middle is no fault here.
    this.#server.on('error', () => {});
  }

  static async start(): Promise<SmtpServerSubject> {
    const { key, certificate: cert } = await makeCertificate();
    const subject = new SmtpServerSubject({ key, cert });
    subject.#server.listen(0, '127.0.0.1');
    await once(subject.#server.server, 'listening');
    return subject;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  takeDelivered(): Delivered[] {
    return this.#delivered.splice(0);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #deliver({ envelope }: SMTPServerSession, content: Buffer): void {
    const { mailFrom, rcptTo } = envelope;
    this.#delivered.push({
      sender: latin1(comparable(mailFrom === false ? '' : mailFrom.address)),
      recipients: rcptTo.map(({ address }) => latin1(comparable(address))),
      content: content.toString('latin1'),
    });
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
