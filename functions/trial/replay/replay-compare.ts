/** What a document would change: the recorded answer, the one of the policy in force, and the document's. */
import { encodeReply, REPLIES, type Reply } from '../../../policy/reply.ts';
import type { Difference, ShownOutcome } from '../../admin/contract/answers/replay-answer.ts';
import { replyOf } from './recorded-hops.ts';
import type { RecordedCommand, RecordedSession } from './replay-recorded.ts';
import type { Outcome, Replayed } from './replay-run.ts';

export interface Comparison {
  readonly differences: readonly Difference[];
  /** The policy in force differs from the records where the document does, and in the same way. */
  readonly isDifferentAlready: boolean;
}

/**
 * A difference is a reply code, a rule or a next hop that is neither the recorded one nor that of the policy in force.
 *
 * What only follows from an earlier difference is left out: a recipient without its MAIL, content without DATA.
 */
export function compare(recorded: RecordedSession, inForce: Replayed, proposed: Replayed): Comparison {
  const differences: Difference[] = [];
  let isDifferentAlready = false;
  const judge = (line: string, before: ShownOutcome, now: Outcome | undefined, after: Outcome | undefined): void => {
    if (after === undefined || isSame(before, shown(after))) return;
    if (now !== undefined && isSame(shown(now), shown(after))) isDifferentAlready = true;
    else if (differences.length === 0 || !isOutOfOrder(after)) differences.push({ line, before, after: shown(after) });
  };
  judge('(connects)', greetingOf(recorded, inForce), inForce.greeting, proposed.greeting);
  for (const [index, command] of recorded.commands.entries()) {
    judge(lineOf(command), recordedOutcome(recorded, command), inForce.outcomes[index], proposed.outcomes[index]);
  }
  return { differences, isDifferentAlready };
}

function lineOf({ kind, line, verb }: RecordedCommand): string {
  return kind === 'response' ? '(response)' : (line ?? verb);
}

/** Greetings are not recorded; a session that was not denied had one. */
function greetingOf({ denial }: RecordedSession, { greeting }: Replayed): ShownOutcome {
  if (denial !== undefined) return denial;
  const said = shown(greeting);
  return said.reply?.startsWith('220') === true ? said : { reply: '220' };
}

function recordedOutcome(recorded: RecordedSession, command: RecordedCommand): ShownOutcome {
  const { rule, transaction } = command;
  const path = command.verb === 'RCPT' ? /<(.*)>/.exec(command.line ?? '')?.[1] : undefined;
  const nextHops = recorded.transactions.get(transaction ?? '')?.nextHops;
  const nextHop = path === undefined ? undefined : nextHops?.get(path === '' ? 'postmaster' : path);
  return {
    reply: replyText(replyOf(command)),
    ...(rule === undefined ? {} : { rule }),
    ...(nextHop === undefined ? {} : { nextHop }),
  };
}

function shown(outcome: Outcome): ShownOutcome {
  if (outcome.kind === 'unknown') return { unknown: outcome.why };
  const { said, nextHop } = outcome;
  return {
    reply: replyText(said.reply),
    ...(said.rule === undefined ? {} : { rule: said.rule }),
    ...(nextHop === undefined ? {} : { nextHop }),
  };
}

function replyText(reply: Reply): string {
  const [first = ''] = encodeReply(reply).split('\r\n');
  return first.replace(/^(\d{3})-/, '$1 ').trimEnd();
}

function isSame(a: ShownOutcome, b: ShownOutcome): boolean {
  const isSameHop = a.nextHop === undefined || b.nextHop === undefined || a.nextHop === b.nextHop;
  return a.unknown === b.unknown && codeOf(a) === codeOf(b) && a.rule === b.rule && isSameHop;
}

function codeOf({ reply }: ShownOutcome): string | undefined {
  return reply?.slice(0, 3);
}

const OUT_OF_ORDER: readonly Reply[] = [
  REPLIES.helloFirst,
  REPLIES.mailFirst,
  REPLIES.recipientFirst,
  REPLIES.noValidRecipients,
  REPLIES.nestedMail,
  REPLIES.notInTransaction,
  REPLIES.alreadyAuthenticated,
];

function isOutOfOrder(outcome: Outcome): boolean {
  return outcome.kind === 'said' && OUT_OF_ORDER.includes(outcome.said.reply);
}
