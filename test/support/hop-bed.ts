/** What tests of next hops share: hops and their pools, ended with the test, and whole transactions in one call. */

import type { HopTimeouts, HopTransaction } from '../../edge-proxy/next-hop/next-hop.ts';
import { HOP_POOL_LIMITS, type HopPoolLimits } from '../../edge-proxy/next-hop/smtp/pool/hop-pool.ts';
import { SmtpNextHops } from '../../edge-proxy/next-hop/smtp/smtp-next-hops.ts';
import type { SmtpNextHop } from '../../policy/next-hop.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop/hop-answer.ts';
import { offerOne } from './offer-one.ts';
import { type HopScript, ScriptedHop } from './scripted-hop.ts';

/** Longer than any test takes that does not mean to wait. */
export const AMPLE: HopTimeouts = { connectSeconds: 10, replySeconds: 10, finalSeconds: 10 };
export const PLAIN_MAIL: MailCommand = { path: 'sender@example.com', isSmtpUtf8: false };
export const CONTENT = 'Subject: x\r\n\r\nHello\r\n';

export interface BeginOptions {
  readonly mail?: MailCommand;
  readonly timeouts?: Partial<HopTimeouts>;
  readonly onDrain?: () => void;
}

export interface Delivery {
  /** The step that the last answer is to. */
  readonly at: 'recipient' | 'data' | 'final';
  readonly answer: HopAnswer;
}

/** The verbs that a client of the hop said, in order. */
export function verbsOf(hop: ScriptedHop, client: number): string[] {
  return (hop.clients[client]?.heard ?? '').split('\r\n').map((line) => line.slice(0, 4));
}

/** Sends an empty message whose recipients have been taken. */
export async function finish(transaction: HopTransaction | undefined): Promise<HopAnswer | undefined> {
  await transaction?.startContent();
  return await transaction?.finish();
}

/** For what no event tells; a test that waits in vain ends by its time limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

export class HopBed {
  nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example' });
  readonly #hops: ScriptedHop[] = [];

  async start(script: HopScript): Promise<ScriptedHop> {
    const hop = await ScriptedHop.start(script);
    this.#hops.push(hop);
    return hop;
  }

  limit(limits: Partial<HopPoolLimits>): void {
    this.nextHops = new SmtpNextHops({ ehloName: () => 'proxy.example', limits: { ...HOP_POOL_LIMITS, ...limits } });
  }

  begin(hop: SmtpNextHop, options: BeginOptions = {}): HopTransaction {
    return this.nextHops.begin(hop, {
      mail: options.mail ?? PLAIN_MAIL,
      timeouts: { ...AMPLE, ...options.timeouts },
      onDrain: options.onDrain ?? (() => {}),
    });
  }

  /** As many transactions at a time, each with a recipient taken. */
  async open(hop: ScriptedHop, count: number): Promise<HopTransaction[]> {
    const transactions = Array.from({ length: count }, () => this.begin(hop.nextHop()));
    await Promise.all(transactions.map((transaction) => offerOne(transaction, 'a@x.example')));
    return transactions;
  }

  /** A transaction with one recipient, as far as the hop takes it. */
  async deliver(hop: SmtpNextHop, options: BeginOptions & { readonly content?: string } = {}): Promise<Delivery> {
    const transaction = this.begin(hop, options);
    const recipient = await offerOne(transaction, 'rcpt@example.net');
    if (!recipient.isTaken) {
      transaction.abandon();
      return { at: 'recipient', answer: recipient };
    }
    const data = await transaction.startContent();
    if (!data.isTaken) return { at: 'data', answer: data };
    transaction.write(Buffer.from(options.content ?? CONTENT, 'latin1'));
    return { at: 'final', answer: await transaction.finish() };
  }

  async close(): Promise<void> {
    this.nextHops.close();
    for (const hop of this.#hops) await hop.close();
  }
}
