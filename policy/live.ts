/**
 * Sessions under way: what tasks say of them while somebody looks, and which are to be ended.
 *
 * All of a server is one partition of the table *counters*, `live#SERVER`, whose items go within minutes: `asked` as long as
 * somebody looks; `end#…` for each wish that sessions be ended; `task#…`, what each task has. Tasks read the first two in
 * their 5 s beat, and write only while somebody looks.
 */
import * as z from 'zod';
import { commandRecordSchema } from './event.ts';

export const LIVE_PREFIX = 'live#';
export const ASKED_SCOPE = 'asked';
export const END_PREFIX = 'end#';
export const TASK_PREFIX = 'task#';

/** Seconds that tasks go on telling after somebody has looked. */
export const ASKED_SECONDS = 60;
/** Seconds in which a wish is carried out: later sessions of the same user are not meant. */
export const END_SECONDS = 30;
/** Seconds after which what a task has told is old: it has told again, or is gone. */
export const TOLD_SECONDS = 15;

/** The partition of a server. */
export function liveCounter(server: string): string {
  return `${LIVE_PREFIX}${server}`;
}

export const liveSessionSchema = z.object({
  session: z.string(),
  client: z.object({ address: z.string(), port: z.int(), helo: z.string().optional(), tls: z.boolean() }),
  identity: z.string().optional(),
  /** ISO time. */
  startedAt: z.string(),
  /** What it is about: `ready`, `content` and so on. */
  state: z.string(),
  /** Transactions that have begun. */
  transactions: z.int(),
  /** The commands so far, of the one session that was asked for. */
  commands: z.array(commandRecordSchema).optional(),
});
export type LiveSession = z.output<typeof liveSessionSchema>;

/** Which sessions are meant: all conditions that are there hold. */
export const liveMatchSchema = z.object({
  session: z.string().optional(),
  identity: z.string().optional(),
  /** Address of the client. */
  client: z.string().optional(),
});
export type LiveMatch = z.output<typeof liveMatchSchema>;

/** Whether a session is meant; a match without a condition means none. */
export function isMeant(
  { session, client, identity }: Pick<LiveSession, 'session' | 'client' | 'identity'>,
  match: LiveMatch,
): boolean {
  if (match.session === undefined && match.identity === undefined && match.client === undefined) return false;
  if (match.session !== undefined && match.session !== session) return false;
  if (match.identity !== undefined && match.identity !== identity) return false;
  return match.client === undefined || match.client === client.address;
}
