/** The dialogue that is to be explained: what the client sends, in flights and their lines, and what else happens. */
import * as z from 'zod';
import { policyDocumentSchema } from '../../admin/contract/answers/policy-document.ts';
import type { DryRun } from '../dry-run.ts';

/** Entries, and lines that they make together. */
export const MAX_LINES = 1000;
/** Octets of one entry; twice what `maxOctets` of any command can be. */
export const MAX_ENTRY_OCTETS = 131_072;
/** Octets of all entries together. */
export const MAX_DIALOGUE_OCTETS = 1_000_000;
/** Octets of a message; with its base64 and a policy document it stays below what Lambda carries. */
export const MAX_MESSAGE_OCTETS = 3_000_000;
/** Seconds; a day, the longest timeout that settings allow. */
const MAX_WAIT_SECONDS = 86_400;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const octetsSchema = z
  .string()
  .regex(BASE64, 'must be base64')
  .transform((text) => Buffer.from(text, 'base64'));

/** A message to be explained: text, whose lines may end in LF as in any editor, or octets as they are. */
export const contentSchema = z.union([
  z
    .string()
    .meta({ description: 'A message; its lines end in LF or CR LF' })
    .transform((text) => Buffer.from(text.replaceAll(/\r?\n/g, '\r\n'))),
  z
    .strictObject({ octets: octetsSchema })
    .meta({ description: 'A message as it is, in base64; dots not doubled, lines end in CR LF' })
    .transform(({ octets }) => octets),
]);

/** The lines by which a client begins a message. */
export function envelopeLines(from: string, to: readonly string[]): readonly string[] {
  const isUtf8 = [from, ...to].some((address) => /[^\x00-\x7F]/.test(address));
  const recipients = to.map((address) => `RCPT TO:<${address}>`);
  return ['EHLO client.example', `MAIL FROM:<${from}>${isUtf8 ? ' SMTPUTF8' : ''}`, ...recipients];
}

/** What may happen to a connection beside octets: the client closes its side, it is lost, the task leaves. */
export const HAPPENINGS = ['fin', 'reset', 'shutdown'] as const;
export type Happening = (typeof HAPPENINGS)[number];

const ENTRIES = [
  z.string().meta({ description: 'A line, sent as UTF-8 with CR LF after it' }),
  z.strictObject({ octets: octetsSchema }).meta({
    description: 'A flight of octets as they are, in base64: what no text can say, and several lines at once',
  }),
  z
    .strictObject({ waitSeconds: z.number().min(0).max(MAX_WAIT_SECONDS) })
    .meta({ description: 'Nothing is sent for a time' }),
  z
    .strictObject({ happens: z.enum(HAPPENINGS) })
    .meta({ description: 'The client closes its side, the connection is lost, the task leaves' }),
] as const;
const SAVED = { description: 'A newer policy is saved: in force from the next command outside a transaction' };

/** An entry as a schema, with the schema of the documents that it may hold. */
export function entryWith<D extends z.ZodObject>(document: D) {
  return z.union([...ENTRIES, z.strictObject({ policy: document }).meta(SAVED)]);
}

export const entrySchema = entryWith(policyDocumentSchema);
export type Entry = z.output<typeof entrySchema>;

/** The octets of an entry; `undefined` where it sends none. */
export function octetsOf(entry: Entry): Buffer | undefined {
  if (typeof entry === 'string') return Buffer.from(`${entry}\r\n`);
  return 'octets' in entry ? entry.octets : undefined;
}

/** What is too much about a dialogue, by the entry's number; `undefined` when nothing is. */
export function excessOf(entries: readonly Entry[]): { readonly at: number; readonly problem: string } | undefined {
  let lines = 0;
  let total = 0;
  for (const [at, entry] of entries.entries()) {
    const octets = octetsOf(entry);
    lines += octets === undefined ? 1 : linesOf(octets).length;
    total += octets?.length ?? 0;
    if ((octets?.length ?? 0) > MAX_ENTRY_OCTETS) return { at, problem: `is longer than ${MAX_ENTRY_OCTETS} octets` };
    if (lines > MAX_LINES) return { at, problem: `is after the ${MAX_LINES}th line, the last that is explained` };
    if (total > MAX_DIALOGUE_OCTETS) return { at, problem: `makes more than ${MAX_DIALOGUE_OCTETS} octets together` };
  }
  return undefined;
}

/** A flight's lines, each with its CR LF; the last may lack it. */
export function linesOf(octets: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = octets.indexOf('\r\n'); end !== -1; end = octets.indexOf('\r\n', from)) {
    lines.push(octets.subarray(from, end + 2));
    from = end + 2;
  }
  if (from < octets.length) lines.push(octets.subarray(from));
  return lines;
}

/** Whether the client logs in by itself somewhere. */
export function saysAuth(entries: readonly Entry[]): boolean {
  return entries.some((entry) => linesOf(octetsOf(entry) ?? Buffer.alloc(0)).some((line) => says(line, 'AUTH')));
}

export function saysStartTls(entries: readonly Entry[]): boolean {
  return entries.some((entry) => linesOf(octetsOf(entry) ?? Buffer.alloc(0)).some((line) => says(line, 'STARTTLS')));
}

export function says(line: Buffer, verb: string): boolean {
  return new RegExp(`^${verb}(?: |\\r|$)`, 'i').test(line.toString('latin1', 0, 16));
}

/** Tells the machine what happens. */
export function tell(run: DryRun, happening: Happening): ReturnType<DryRun['happen']> {
  return run.happen((session, nowMs) => {
    if (happening === 'fin') session.receiveEnd(nowMs);
    else if (happening === 'reset') session.receiveReset(nowMs);
    else session.shutDown(nowMs);
  });
}
