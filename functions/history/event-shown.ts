/**
 * Events as the admin API shows them: the table's own attributes, without its bookkeeping, and without any credential.
 */
import { type CommandRecord, commandRecordSchema } from '../../policy/event.ts';
import type { EventAttributes } from './event-reader.ts';

/** What the table needs and no one else: its partition, and when the item goes. */
const TABLE_ATTRIBUTES: readonly string[] = ['stream', 'expiresAt', 'keepDays', 'order', 'toldAt'];

/** SASL mechanisms that a line may show; any other word after AUTH may be a credential out of its place. */
const MECHANISM =
  /^AUTH +(PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5|DIGEST-MD5|SCRAM-SHA-(?:1|256|512)(?:-PLUS)?|NTLM|GSSAPI|GSS-SPNEGO|EXTERNAL|ANONYMOUS)(?: |$)/i;

/** The sort key's time, without the id after it. */
export function timeOf(item: EventAttributes): string {
  return String(item.at).split('#', 1)[0] ?? '';
}

export function shownEvent(item: EventAttributes): Record<string, unknown> {
  const shown = Object.entries(item).filter(([name]) => !TABLE_ATTRIBUTES.includes(name));
  return {
    ...Object.fromEntries(shown),
    at: timeOf(item),
    ...('commands' in item ? { commands: commandsOf(item) } : {}),
  };
}

/** Commands of a session or transaction; what is no record of one is left out. */
export function commandsOf(item: EventAttributes): readonly CommandRecord[] {
  if (!Array.isArray(item.commands)) return [];
  return item.commands
    .map((entry) => commandRecordSchema.safeParse(entry))
    .filter((result) => result.success)
    .map((result) => withoutCredentials(result.data));
}

/**
 * A record that shows nothing of an AUTH exchange but its mechanism.
 *
 * The edge proxy records no more; this stands behind it. A client that goes on with an exchange that was refused sends
 * its credentials as commands of no known name, so their lines are not shown either.
 */
export function withoutCredentials(record: CommandRecord): CommandRecord {
  const { line, ...rest } = record;
  if (line === undefined || record.verb === 'unknown') return rest;
  if (record.verb !== 'AUTH') return record;
  // A line of the exchange, which has no verb.
  if (!/^AUTH(?: |$)/i.test(line)) return rest;
  const mechanism = MECHANISM.exec(line)?.[1];
  return { ...rest, line: mechanism === undefined ? 'AUTH' : `AUTH ${mechanism}` };
}
