/** A client's dialogue: as people write it in a file, or for one envelope. */
import * as z from 'zod';
import { parseMailbox } from '../../../policy/address.ts';
import { UsageError } from '../../cli-error.ts';
import { readJson } from '../../input/text-input.ts';

const entriesSchema = z.array(z.union([z.string(), z.record(z.string(), z.unknown())]));
export type Dialogue = z.output<typeof entriesSchema>;

/** Lines, or a JSON array of what the API takes; the line end of the last line begins no other. */
export function readDialogue(text: string, name: string): Dialogue {
  if (/^\s*\[/.test(text)) return readJson(text, name, entriesSchema);
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

export interface Envelope {
  readonly from: string | undefined;
  readonly to: readonly string[] | undefined;
  /** Who has logged in: a sender where none is named. */
  readonly user: string | undefined;
}

/** The lines by which a client begins a message. Addresses may stand in angle brackets. */
export function envelopeDialogue({ from, to = [], user }: Envelope): Dialogue {
  const sender = from ?? (user !== undefined && parseMailbox(user).ok ? user : undefined);
  if (sender === undefined) throw new UsageError("--from SENDER is missing; --from '' is the null sender");
  const isUtf8 = [sender, ...to].some((address) => /[^\x00-\x7F]/.test(address));
  const recipients = to.flatMap((each) => each.split(',')).map((address) => `RCPT TO:<${bare(address)}>`);
  return ['EHLO client.example', `MAIL FROM:<${bare(sender)}>${isUtf8 ? ' SMTPUTF8' : ''}`, ...recipients];
}

function bare(address: string): string {
  if (/[\r\n]/.test(address)) throw new UsageError('An address holds a line end');
  return address.trim().replace(/^<(.*)>$/, '$1');
}
