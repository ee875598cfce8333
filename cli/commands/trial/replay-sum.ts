/** All that a replay found: sessions one by one, or equal differences together. */
import type { ReplayAnswer, ShownOutcome } from '../../../functions/admin/contract/answers/replay-answer.ts';
import { counted } from '../../output/counted.ts';
import type { Output } from '../../output/output.ts';

type ReplayedSession = ReplayAnswer['sessions'][number];
type Difference = ReplayedSession['differences'][number];

/** Sessions that differ; more are shown as groups. */
const SHOWN_EACH = 10;
/** Sessions named of a group. */
const NAMED = 3;

interface Group {
  readonly line: string;
  readonly before: string;
  readonly after: string;
  count: number;
  readonly sessions: string[];
}

export class ReplaySum {
  next: string | undefined;
  scanned = 0;
  different = 0;
  readonly #showsEach: boolean;
  readonly #sessions: ReplayedSession[] = [];
  readonly #groups = new Map<string, Group>();
  readonly #notReplayed = new Map<string, number>();
  #differentAlready = 0;

  constructor(showsEach: boolean) {
    this.#showsEach = showsEach;
  }

  add({ scanned, sessions, differentAlready, notReplayed, next }: ReplayAnswer): void {
    this.next = next;
    this.scanned += scanned;
    this.different += sessions.length;
    this.#differentAlready += differentAlready;
    for (const { why } of notReplayed) this.#notReplayed.set(why, (this.#notReplayed.get(why) ?? 0) + 1);
    for (const session of sessions) {
      if (this.#showsEach || this.#sessions.length <= SHOWN_EACH) this.#sessions.push(session);
      for (const difference of session.differences) this.#count(session, difference);
    }
  }

  #count({ session }: ReplayedSession, { line, before, after }: Difference): void {
    const [shown, was, would] = [kindOf(line), withoutIds(outcomeText(before)), withoutIds(outcomeText(after))];
    const key = JSON.stringify([shown, was, would]);
    const group = this.#groups.get(key) ?? { line: shown, before: was, after: would, count: 0, sessions: [] };
    group.count += 1;
    if (group.sessions.length < NAMED && !group.sessions.includes(session)) group.sessions.push(session);
    this.#groups.set(key, group);
  }

  show(output: Output): void {
    if (this.#showsEach || this.different <= SHOWN_EACH)
      for (const session of this.#sessions) showSession(session, output);
    else this.#showGroups(output);
    output.line(`${counted(this.scanned, 'session')} played, ${this.different} would have come out differently.`);
    if (this.#differentAlready > 0) {
      output.line(
        `${this.#differentAlready} differ from their records under the policy in force too, and are not shown.`,
      );
    }
    for (const [why, count] of this.#notReplayed) output.line(`${count} not played: ${why}`);
  }

  #showGroups(output: Output): void {
    const groups = [...this.#groups.values()].sort((a, b) => b.count - a.count);
    output.table(
      [
        { heading: 'TIMES', cell: ({ count }) => count, kind: 'number' },
        { heading: 'LINE', cell: ({ line }) => line },
        { heading: 'WAS', cell: ({ before }) => before, mayBeCut: true },
        { heading: 'WOULD BE', cell: ({ after }) => after, mayBeCut: true, style: () => 'yellow' },
        { heading: 'FOR EXAMPLE IN', cell: ({ sessions }) => sessions, leaveOut: 1 },
      ],
      groups,
      '',
    );
    output.line('--each shows each session.', 'dim');
  }
}

/** What a line is about: the verb, and of an envelope the domain; local parts differ from session to session. */
function kindOf(line: string): string {
  const [, envelope, address] = /^((?:MAIL FROM|RCPT TO):)\s*<([^>]*)>/i.exec(line) ?? [];
  if (envelope !== undefined && address !== undefined) {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    return `${envelope.toUpperCase()}<${address === '' ? '' : `…@${domain}`}>`;
  }
  return /^[A-Za-z]{4,8}(?= )/.exec(line)?.[0].toUpperCase() ?? line;
}

/** Each message has an id of its own in its reply. */
function withoutIds(text: string): string {
  return text.replace(/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{12}\.\d+(?![A-Za-z0-9_-])/g, 'ID');
}

function showSession({ session, at, client, identity, differences }: ReplayedSession, output: Output): void {
  output.line(`${output.zone.long(at)}  ${session}  ${client}${identity === undefined ? '' : `  ${identity}`}`);
  for (const { line, before, after } of differences) {
    output.line(`  ${line}`);
    output.line(`    was    ${outcomeText(before)}`);
    output.line(`    would  ${outcomeText(after)}`);
  }
}

function outcomeText({ reply, rule, nextHop, unknown }: ShownOutcome): string {
  const parts = [reply, rule === undefined ? undefined : `rule ${rule}`, nextHop, unknown];
  return parts.filter((part) => part !== undefined).join(', ');
}
