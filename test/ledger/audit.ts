/**
 * Balances the ledger: what clients heard against what lies at the hops.
 *
 * For each recipient of each letter, the copies at its hop must lie between what was certainly taken and that plus the
 * tries whose outcome no one could know. Certainly taken: answered 250, or said in the log to be taken while another
 * hop of the transaction was not. No one could know: the connection to the hop or the proxy itself went down between
 * the terminator and the answer (RFC 5321 section 4.2.5, RFC 1047). What is outside of that, or came without a cause,
 * is unexplained, and one unexplained case fails the run.
 */
import type { HopName } from '../support/cloud-mail.ts';
import type { Balance } from './balance.ts';
import { type Attempt, type Entry, openRecipients } from './entry.ts';
import { type Held, judgeHeld } from './held-audit.ts';
import type { Blow } from './killer.ts';
import type { LetterRecipient } from './letter.ts';

/** A message found at a hop. */
export interface Found {
  readonly hop: HopName;
  readonly token: string;
  readonly rcptTo: readonly string[];
  /** SHA-256 of the content after our Received field; `undefined` when ours does not stand in front, alone. */
  readonly digest: string | undefined;
}

/** A transaction as a proxy logged it. */
export interface LoggedTransaction {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly recipients: readonly string[];
  readonly detail: string;
}

export interface Books {
  readonly entries: readonly Entry[];
  readonly found: readonly Found[];
  readonly logged: readonly LoggedTransaction[];
  readonly blows: readonly Blow[];
  /** Mail in the table; none where no rule holds any. */
  readonly held: readonly Held[];
}

/** Milliseconds by which clocks and deaths of processes may be apart. */
const SLACK_MS = 2000;
const UNCERTAIN = /whether the message was taken is uncertain/;
const PARTLY = /^(\S+) took it for \d+; not for all/;

export function balance(books: Books): Balance {
  const result: Balance = {
    accepted: 0,
    copies: books.found.length,
    held: 0,
    released: 0,
    spared: 0,
    duplicates: new Map(),
    unanswered: new Map(),
    unexplained: [],
  };
  const copies = countCopies(books, result);
  const logged = byRecipient(books.logged);
  for (const entry of books.entries) {
    judgeOutcome(entry, result);
    if (entry.letter.kind === 'held') {
      const [recipient] = entry.letter.recipients;
      judgeHeld(entry, books.held, copies.get(recipient?.address ?? '') ?? 0, result);
      continue;
    }
    for (const recipient of entry.letter.recipients) {
      const lines = logged.get(recipient.address) ?? [];
      const page = { entry, recipient, lines, copies: copies.get(recipient.address) ?? 0 };
      judgeRecipient(page, books.blows, result);
    }
  }
  return result;
}

/** Copies of each recipient; what is not a copy of a letter, octet for octet, is unexplained. */
function countCopies({ entries, found }: Books, result: Balance): Map<string, number> {
  const known = new Map(entries.map((entry) => [entry.letter.token, entry]));
  const copies = new Map<string, number>();
  for (const { hop, token, rcptTo, digest } of found) {
    const entry = known.get(token);
    if (entry === undefined) result.unexplained.push(`${hop} holds a message that nobody sent: ${token}`);
    else if (digest !== entry.digest) result.unexplained.push(`${hop} holds ${token} with other octets`);
    for (const address of rcptTo) {
      const isMeant = entry?.letter.recipients.some((each) => each.address === address && each.hop === hop) === true;
      if (!isMeant) result.unexplained.push(`${hop} holds ${token} for ${address}`);
      copies.set(address, (copies.get(address) ?? 0) + 1);
    }
  }
  return copies;
}

function byRecipient(logged: readonly LoggedTransaction[]): Map<string, LoggedTransaction[]> {
  const map = new Map<string, LoggedTransaction[]>();
  for (const line of logged) {
    for (const address of line.recipients) map.set(address, [...(map.get(address) ?? []), line]);
  }
  return map;
}

/** Whether the client heard what it ought to in the end. */
function judgeOutcome(entry: Entry, { unexplained }: Balance): void {
  const { letter, attempts } = entry;
  const last = attempts.at(-1);
  if (letter.isForbidden && attempts.some(({ ending }) => ending === 'accepted')) {
    unexplained.push(`${letter.token} is forbidden (${letter.kind}), and was answered ${last?.reply}`);
  }
  if (!letter.isForbidden && attempts.some(({ ending, refused }) => ending === 'refused' || refused.length > 0)) {
    unexplained.push(`${letter.token} was refused for good: ${last?.reply}`);
  }
  if (letter.isPatient && openRecipients(entry).length > 0) {
    unexplained.push(`${letter.token} did not get through in ${attempts.length} tries: ${last?.reply}`);
  }
}

interface Page {
  readonly entry: Entry;
  readonly recipient: LetterRecipient;
  readonly lines: readonly LoggedTransaction[];
  readonly copies: number;
}

function judgeRecipient(page: Page, blows: readonly Blow[], result: Balance): void {
  const { entry, recipient, copies } = page;
  const name = `${entry.letter.token} for ${recipient.address}`;
  const tries = entry.attempts.filter(
    ({ isTerminated, recipients }) => isTerminated && recipients.includes(recipient.address),
  );
  const certain = new Set<number>();
  const causes: string[] = [];
  for (const attempt of tries) {
    const outcome = outcomeOf(attempt, page, blows);
    if (outcome === 'taken' && certain.has(attempt.incarnation)) result.spared += 1;
    if (outcome === 'taken') certain.add(attempt.incarnation);
    else if (outcome === 'no cause') result.unexplained.push(`${name}: answer lost without a cause: ${attempt.reply}`);
    else if (outcome !== 'not taken') causes.push(outcome);
  }
  const isAccepted = tries.some(({ ending }) => ending === 'accepted');
  if (isAccepted) result.accepted += 1;
  const uncertain = entry.letter.isForbidden ? 0 : causes.length;
  const told = page.entry.attempts.map((attempt) => toldAttempt(attempt, page.lines)).join('; ');
  if (copies < certain.size) {
    result.unexplained.push(`${name}: LOST, ${copies} copies where ${certain.size} were certainly taken: ${told}`);
  }
  if (copies > certain.size + uncertain) {
    result.unexplained.push(`${name}: ${copies} copies where ${certain.size} and ${uncertain} are explained: ${told}`);
  }
  explain({ isAccepted, copies, certain: certain.size, causes }, result);
}

/** A try as somebody needs it who looks for what went wrong. */
function toldAttempt(attempt: Attempt, lines: readonly LoggedTransaction[]): string {
  const { ending, reply, isTerminated, startedAtMs, endedAtMs, incarnation } = attempt;
  const log = lines
    .filter(({ atMs }) => atMs >= startedAtMs - SLACK_MS && atMs <= endedAtMs + SLACK_MS)
    .map(({ atMs, detail }) => `log at ${atMs}: ${detail}`);
  const end = isTerminated ? 'terminated' : 'not terminated';
  return [`${ending} ${startedAtMs} to ${endedAtMs}, run ${incarnation}, ${end}: ${reply}`, ...log].join(', ');
}

interface Explanation {
  readonly isAccepted: boolean;
  readonly copies: number;
  /** Copies that were certainly taken, by as many runs of the proxy. */
  readonly certain: number;
  readonly causes: readonly string[];
}

/** Books each copy that no 250 accounts for. */
function explain({ isAccepted, copies, certain, causes }: Explanation, result: Balance): void {
  const counts = isAccepted ? result.duplicates : result.unanswered;
  const first = isAccepted ? 1 : 0;
  const forgotten = isAccepted
    ? 'partly served, and the proxy that remembered it was killed'
    : 'partly served, and not tried again';
  for (let copy = first; copy < copies; copy += 1) {
    const cause = copy < certain ? forgotten : causes[copy - Math.max(certain, first)];
    if (cause !== undefined) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
}

/** `taken`, `not taken`, `no cause`, or the cause for which no one could know. */
function outcomeOf(attempt: Attempt, { entry, recipient, lines }: Page, blows: readonly Blow[]): string {
  const { ending, startedAtMs, endedAtMs } = attempt;
  if (ending === 'accepted') return 'taken';
  if (ending === 'lost') {
    const isKilled = blows.some(
      ({ part, kind, atMs }) =>
        kind === 'kill' &&
        part === entry.letter.server &&
        atMs >= startedAtMs - SLACK_MS &&
        atMs <= endedAtMs + SLACK_MS,
    );
    return isKilled ? 'proxy killed before its answer' : 'no cause';
  }
  // The line may come after the reply, on a busy machine; no later than the next try.
  const nextMs = Math.min(
    endedAtMs + SLACK_MS,
    ...entry.attempts.map((each) => each.startedAtMs).filter((ms) => ms > endedAtMs),
  );
  const line = lines.findLast(({ atMs }) => atMs >= startedAtMs && atMs <= nextMs);
  return line === undefined ? 'not taken' : whatTheLogSays(line.detail, recipient.hop, attempt);
}

/** In a transaction of several hops SES commits first: the one that was left uncertain is the last that was asked. */
function whatTheLogSays(detail: string, hop: HopName, { recipients }: Attempt): string {
  const served = PARTLY.exec(detail)?.[1];
  const isServed = served !== undefined && (served === 'ses' ? hop === 'ses' : hop === 'mta');
  if (isServed) return 'taken';
  if (!UNCERTAIN.test(detail)) return 'not taken';
  const isFirst = served === undefined && recipients.length > 1 && hop === 'mta';
  return isFirst ? 'not taken' : `${hop} died or was late before its answer`;
}
