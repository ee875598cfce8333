/** What became of each recipient of a transaction. */
import type { EventAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';

type Members = Readonly<Record<string, unknown>>;

/** Recipients that are named of each outcome. */
const NAMED = 3;

const WORDS: Readonly<Record<string, string>> = {
  accepted: 'accepted for',
  held: 'held for',
  discarded: 'discarded for',
  refused: 'refused',
  deferred: 'put off',
  abandoned: 'given up for',
};
const ORDER = Object.keys(WORDS);

interface RecipientOutcome {
  readonly address: string;
  readonly outcome: string;
  /** What the client heard where the recipient was not taken. */
  readonly why: string;
}

/** `accepted for bob@example.com; refused dora@example.net (550 5.7.1 Relay access denied)`. */
export function recipientsText(event: EventAnswer): string {
  const recipients = Array.isArray(event.recipients) ? event.recipients.map((each) => outcomeOf(each, event)) : [];
  const omitted = Number(event.recipientsOmitted ?? 0);
  if (recipients.length === 0) return `${event.verdict}, no recipient`;
  const groups = ORDER.flatMap((outcome) => groupText(recipients.filter((each) => each.outcome === outcome)));
  return [...groups, ...(omitted === 0 ? [] : [`${omitted} further recipients were not recorded`])].join('; ');
}

function groupText(recipients: readonly RecipientOutcome[]): string[] {
  const [first] = recipients;
  if (first === undefined) return [];
  const named = recipients.slice(0, NAMED).map(({ address, why }) => `${address}${why === '' ? '' : ` (${why})`}`);
  const more = recipients.length > NAMED ? ` and ${recipients.length - NAMED} more` : '';
  return [`${WORDS[first.outcome]} ${named.join(', ')}${more}`];
}

/** A recipient that was taken at RCPT shares what became of the message. */
function outcomeOf(recipient: unknown, { verdict, commands }: EventAnswer): RecipientOutcome {
  const { address, reply, outcome, rule } = (recipient ?? {}) as Members;
  const code = Number(reply);
  const own = code >= 500 ? 'refused' : code >= 400 ? 'deferred' : `${verdict}`;
  const named = typeof outcome === 'string' && outcome in WORDS ? outcome : own;
  const said = code >= 400 ? `${code} ${answerTo(`${address}`, commands) ?? rule ?? ''}`.trim() : '';
  return { address: `${address}`, outcome: named in WORDS ? named : 'abandoned', why: said };
}

/** The text of the reply to RCPT, which the recipient's own record does not hold. */
function answerTo(address: string, commands: unknown): unknown {
  if (!Array.isArray(commands)) return undefined;
  const records = commands.map((record) => (record ?? {}) as Members);
  const isMeant = ({ verb, line, reply }: Members): boolean =>
    verb === 'RCPT' &&
    Number(reply) >= 400 &&
    typeof line === 'string' &&
    line.toLowerCase().includes(address.toLowerCase());
  return records.find(isMeant)?.answer;
}
