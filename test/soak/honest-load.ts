/** Honest clients of all kinds, each a session after the other: in the clear, under TLS, with a login; small and large. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DEMO_PASSWORD, DEMO_USER, type EmbeddedRun } from '../support/embedded-run.ts';
import { type ClientReply, SmtpClient } from '../support/smtp-client.ts';
import type { Ledger } from './ledger.ts';

const CREDENTIALS = Buffer.from(`\0${DEMO_USER}\0${DEMO_PASSWORD}`).toString('base64');
/** Octets of a message's body, from message to message. */
const BODY_OCTETS = [500, 2000, 2000, 4000, 20_000, 500, 2000, 100_000, 2000, 2_000_000];
/** Milliseconds between two sessions of a client. */
const PAUSE_MS = 100;

const KINDS = ['inbound', 'inbound with STARTTLS', 'submission', 'submissions to the outside'] as const;
type Kind = (typeof KINDS)[number];

export class HonestLoad {
  readonly greetingsMs: number[] = [];
  readonly transactionsMs: number[] = [];
  readonly failures: string[] = [];
  readonly #run: EmbeddedRun;
  readonly #ledger: Ledger;
  readonly #filler = randomBytes(1_500_000).toString('base64').replace(/.{76}/g, '$&\r\n');
  #messages = 0;
  #isOver = false;
  #clients: Promise<void>[] = [];

  constructor(run: EmbeddedRun, ledger: Ledger) {
    this.#run = run;
    this.#ledger = ledger;
  }

  start(clients: number): void {
    this.#clients = Array.from({ length: clients }, (_, index) => this.#keepVisiting(index));
  }

  /** Resolves when every session has come to its end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #keepVisiting(client: number): Promise<void> {
    for (let visit = client; !this.#isOver; visit += 1) {
      const kind = KINDS[visit % KINDS.length] ?? 'inbound';
      await this.#visit(kind, 1 + (visit % 3)).catch((error: unknown) => this.failures.push(`${kind}: ${error}`));
      await delay(PAUSE_MS);
    }
  }

  async #visit(kind: Kind, messages: number): Promise<void> {
    const start = performance.now();
    const client = await this.#connect(kind);
    try {
      expectCode(await client.reply(), 220);
      this.greetingsMs.push(performance.now() - start);
      expectCode(await client.command('EHLO honest.example'), 250);
      if (kind === 'inbound with STARTTLS' || kind === 'submission') {
        await client.startTls();
        expectCode(await client.command('EHLO honest.example'), 250);
      }
      if (kind.startsWith('submission')) expectCode(await client.command(`AUTH PLAIN ${CREDENTIALS}`), 235);
      for (let message = 0; message < messages; message += 1) await this.#bring(client, kind);
      expectCode(await client.command('QUIT'), 221);
    } finally {
      client.end();
      client.socket.destroySoon();
    }
  }

  async #connect(kind: Kind): Promise<SmtpClient> {
    if (kind === 'submissions to the outside') return await SmtpClient.connectTls(this.#run.submissionsPort);
    return await SmtpClient.connect(kind === 'submission' ? this.#run.submissionPort : this.#run.inboundPort);
  }

  async #bring(client: SmtpClient, kind: Kind): Promise<void> {
    const recipient = kind === 'submissions to the outside' ? 'carol@elsewhere.example' : 'bob@example.com';
    const token = this.#ledger.newToken();
    const content = this.#content(token, recipient);
    const start = performance.now();
    client.write(`MAIL FROM:<${DEMO_USER}> SIZE=${content.length}\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`);
    for (const code of [250, 250, 354]) expectCode(await client.reply(), code);
    this.#ledger.willSend(token, content);
    client.write(content);
    client.write('.\r\n');
    expectCode(await client.reply(), 250);
    this.#ledger.wasAnswered(token);
    this.transactionsMs.push(performance.now() - start);
  }

  /** No line of it starts with a dot. */
  #content(token: string, recipient: string): Buffer {
    this.#messages += 1;
    const octets = BODY_OCTETS[this.#messages % BODY_OCTETS.length] ?? 0;
    const head = `From: <${DEMO_USER}>\r\nTo: <${recipient}>\r\nSubject: ${token}\r\n\r\n`;
    return Buffer.from(`${head}${this.#filler.slice(0, octets)}\r\n`, 'latin1');
  }
}

function expectCode(reply: ClientReply, code: number): void {
  if (reply.code !== code) throw new Error(`heard ${reply.lines.join(' | ')} in place of ${code}`);
}
