/** One try to send a letter, as a client's queue makes it: pipelined or step by step, to whoever is taken. */
import type { Random } from '../fuzz/random.ts';
import { onTheWire } from '../support/cloud-session.ts';
import type { ClientReply, SmtpClient } from '../support/smtp-client.ts';
import type { Attempt, Ending } from './entry.ts';
import type { Letter } from './letter.ts';

export type Tried = Omit<Attempt, 'startedAtMs' | 'endedAtMs' | 'incarnation'>;

interface Envelope {
  readonly mail: ClientReply;
  readonly recipients: readonly { readonly address: string; readonly reply: ClientReply }[];
  readonly data: ClientReply;
}

export interface Transaction {
  readonly letter: Letter;
  /** Those still to be served. */
  readonly addresses: readonly string[];
  readonly content: Buffer;
}

/** @returns what came of it; `lost` when the session is over */
export async function transact(client: SmtpClient, transaction: Transaction, random: Random): Promise<Tried> {
  let isTerminated = false;
  let taken: string[] = [];
  let refused: string[] = [];
  const tried = (ending: Ending, reply: string): Tried => ({
    recipients: taken,
    refused,
    isTerminated,
    ending,
    reply,
  });
  try {
    const envelope = await openEnvelope(client, transaction);
    taken = envelope.recipients.filter(({ reply }) => reply.code === 250).map(({ address }) => address);
    refused = envelope.recipients.filter(({ reply }) => reply.code >= 500).map(({ address }) => address);
    if (envelope.data.code !== 354) {
      const reply = [envelope.mail, ...envelope.recipients.map((each) => each.reply), envelope.data].find(
        ({ code }) => code >= 400,
      );
      taken = [];
      await client.command('RSET');
      return tried(refused.length === transaction.addresses.length ? 'refused' : 'deferred', wordsOf(reply));
    }
    isTerminated = true;
    await write(client, onTheWire(transaction.content), random);
    const reply = await client.reply();
    return tried(endingOf(reply), wordsOf(reply));
  } catch (error) {
    client.destroy();
    return tried('lost', error instanceof Error ? error.message : String(error));
  }
}

async function openEnvelope(client: SmtpClient, { letter, addresses }: Transaction): Promise<Envelope> {
  const recipients = addresses.map((address) => `RCPT TO:<${address}>`);
  const commands = [`MAIL FROM:<${letter.sender}>`, ...recipients, 'DATA'];
  if (letter.isPipelined) client.write(commands.map((command) => `${command}\r\n`).join(''));
  const replies: ClientReply[] = [];
  for (const command of commands) replies.push(await (letter.isPipelined ? client.reply() : client.command(command)));
  const [mail, ...rest] = replies;
  const data = rest.pop();
  if (mail === undefined || data === undefined) throw new TypeError('Replies are missing');
  const answered = addresses.map((address, index) => ({ address, reply: rest[index] ?? data }));
  return { mail, recipients: answered, data };
}

/** In one piece or in some, so that parts die with a message half way. */
async function write(client: SmtpClient, octets: Buffer, random: Random): Promise<void> {
  const pieces = random.pick([1, 1, 1, 3]);
  const size = Math.ceil(octets.length / pieces);
  for (let at = 0; at < octets.length; at += size) {
    client.write(octets.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function endingOf({ code }: ClientReply): Ending {
  if (code === 250) return 'accepted';
  return code >= 500 ? 'refused' : 'deferred';
}

function wordsOf(reply: ClientReply | undefined): string {
  return reply?.lines.join(' ') ?? '';
}
