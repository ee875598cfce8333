/** Next hops that answer as they did when the session was recorded; of those that it never reached nothing is known. */
import { type NextHop, nextHopName } from '../../../policy/next-hop.ts';
import { REPLIES, type Reply } from '../../../policy/reply.ts';
import type { Policy } from '../../../policy/snapshot.ts';
import { type HopAnswer, type HopRule, lacking, type MailCommand } from '../../../protocol/hop/hop-answer.ts';
import type { RelayedLoginReply } from '../../../protocol/hop/relayed-login-reply.ts';
import { AssumedHops, takenWith, USUAL_MECHANISMS } from '../assumed-hops.ts';
import type { RecordedCommand, RecordedTransaction } from './replay-recorded.ts';

const HOP_RULES: readonly string[] = [
  'next-hop',
  'next-hop-down',
  'next-hop-dropped',
  'next-hop-insane',
] satisfies readonly HopRule[];

export class RecordedHops extends AssumedHops {
  readonly #mechanisms: readonly string[];
  #command: RecordedCommand | undefined;
  #transaction: RecordedTransaction | undefined;

  /** @param commands all of the session */
  constructor(commands: readonly RecordedCommand[]) {
    super();
    const used = commands.flatMap(({ mechanism }) => (mechanism === undefined ? [] : [mechanism]));
    this.#mechanisms = [...new Set([...USUAL_MECHANISMS, ...used])];
  }

  /** What is played now, and the transaction that it belonged to. */
  at(command: RecordedCommand, transaction: RecordedTransaction | undefined): void {
    this.#command = command;
    this.#transaction = transaction;
  }

  override offerRecipient(hop: NextHop, mail: MailCommand, forwardPath: string): HopAnswer {
    const assumed = super.offerRecipient(hop, mail, forwardPath);
    const recorded = this.#transaction?.nextHops.get(forwardPath);
    if (recorded !== nextHopName(hop)) return assumed;
    return lacking(this.#recorded() ?? assumed, assumed.lacks ?? []);
  }

  override startContent(): HopAnswer {
    return this.#refusal() ?? super.startContent();
  }

  override finish(): HopAnswer {
    const assumed = super.finish();
    return this.#refusal() ?? assumed;
  }

  override mechanisms(_hop: NextHop, { settings }: Policy): readonly string[] {
    return settings.mechanisms ?? this.#mechanisms;
  }

  override authenticate(): RelayedLoginReply {
    return this.respond();
  }

  /** What the client was answered to the same line. */
  override respond(): RelayedLoginReply {
    const { reply = 0 } = this.#command ?? {};
    if (reply === 334) return { kind: 'challenge', text: '' };
    if (reply === 235) return { kind: 'taken' };
    return reply === 535
      ? { kind: 'refused', reply: REPLIES.credentialsInvalid, detail: 'as recorded' }
      : { kind: 'deferred', detail: 'as recorded' };
  }

  /** The hop's own reply, taken or not; `undefined` when the recorded one was policy's. */
  #recorded(): HopAnswer | undefined {
    const command = this.#command;
    if (command === undefined) return undefined;
    return command.reply < 400 ? takenWith(replyOf(command)) : this.#refusal();
  }

  #refusal(): HopAnswer | undefined {
    const command = this.#command;
    const rule = HOP_RULES.find((name): name is HopRule => name === command?.rule);
    if (command === undefined || rule === undefined || command.reply < 400) return undefined;
    return { reply: replyOf(command), isTaken: false, rule };
  }
}

/** The reply of a record: its code, its enhanced status where there was one, its first line. */
export function replyOf({ reply: code, answer = '' }: Pick<RecordedCommand, 'reply' | 'answer'>): Reply {
  const [, enhanced, text = answer] = /^([245]\.\d{1,3}\.\d{1,3}) (.*)$/s.exec(answer) ?? [];
  return enhanced === undefined ? { code, text } : { code, enhanced, text };
}
