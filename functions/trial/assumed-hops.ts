/** Next hops that are not there: each takes what it is offered, but for what Amazon SES is known to refuse. */
import { type NextHop, nextHopName } from '../../policy/next-hop.ts';
import { REPLIES, type Reply } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import { type HopAnswer, lackedExtensions, lacking, type MailCommand } from '../../protocol/hop/hop-answer.ts';
import type { RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import { SES_CAPABILITIES, sesRecipientRefusal } from '../../protocol/hop/ses-recipient.ts';
import type { DryRunHops } from './dry-run.ts';

/** What a hop that judges logins is taken to offer where policy names no mechanisms. */
export const USUAL_MECHANISMS: readonly string[] = ['PLAIN', 'LOGIN'];
/** The prompts of LOGIN; of any other mechanism a challenge's words do not matter to the screen. */
const USERNAME_CHALLENGE = Buffer.from('Username:').toString('base64');
const PASSWORD_CHALLENGE = Buffer.from('Password:').toString('base64');

export class AssumedHops implements DryRunHops {
  /** Recipients of the open transaction, by the hop that has them. */
  #taken = new Map<string, number>();
  #login = { mechanism: '', messagesLeft: 0 };

  offerRecipient(hop: NextHop, mail: MailCommand, forwardPath: string): HopAnswer {
    const name = nextHopName(hop);
    const count = this.#taken.get(name) ?? 0;
    const refusal = hop.kind === 'ses' ? sesRecipientRefusal(mail, forwardPath, count) : undefined;
    if (refusal !== undefined) return { reply: refusal, isTaken: false, rule: 'next-hop' };
    this.#taken.set(name, count + 1);
    const taken = takenWith(REPLIES.recipientOk);
    return hop.kind === 'ses' ? lacking(taken, lackedExtensions(mail, SES_CAPABILITIES)) : taken;
  }

  startContent(): HopAnswer {
    return takenWith(REPLIES.startMail);
  }

  content(): void {}

  finish(): HopAnswer {
    this.#taken = new Map();
    return takenWith(REPLIES.ok);
  }

  abandon(): void {
    this.#taken = new Map();
  }

  mechanisms(hop: NextHop, { settings }: Policy): readonly string[] | undefined {
    return hop.kind === 'smtp' ? (settings.mechanisms ?? USUAL_MECHANISMS) : undefined;
  }

  /** Every login succeeds, after as many messages as its mechanism has. */
  authenticate(mechanism: string, initial?: string): RelayedLoginReply {
    const messagesLeft = mechanism === 'LOGIN' || mechanism.startsWith('SCRAM-') ? 2 : 1;
    this.#login = { mechanism, messagesLeft };
    return initial === undefined ? this.#challenge() : this.respond();
  }

  respond(): RelayedLoginReply {
    this.#login.messagesLeft -= 1;
    return this.#login.messagesLeft === 0 ? { kind: 'taken' } : this.#challenge();
  }

  #challenge(): RelayedLoginReply {
    const { mechanism, messagesLeft } = this.#login;
    if (mechanism !== 'LOGIN') return { kind: 'challenge', text: '' };
    return { kind: 'challenge', text: messagesLeft === 2 ? USERNAME_CHALLENGE : PASSWORD_CHALLENGE };
  }
}

export function takenWith(reply: Reply): HopAnswer {
  return { reply, isTaken: true, rule: 'next-hop' };
}
