/** What the machine asks of its shell, in the order in which it must be done. */
import type { SessionEvent } from '../../policy/event.ts';
import type { NextHop, SmtpNextHop } from '../../policy/next-hop.ts';
import type { Reply } from '../../policy/reply.ts';
import type { MailCommand } from '../hop/hop-answer.ts';
import type { SaslMechanism, Secret } from '../sasl/sasl.ts';

/** A recipient that policy permits, without its angle brackets, and the hop that is asked for it. */
export interface RecipientOffer {
  readonly nextHop: NextHop;
  readonly forwardPath: string;
}

export type Effect =
  /** Send to the client; `rule` is what decided it, where policy or a next hop did. */
  | { readonly kind: 'reply'; readonly reply: Reply; readonly rule?: string }
  /** Begin TLS once all replies are out, drop what came in the clear; answer with `receiveTls`. */
  | { readonly kind: 'start-tls' }
  /** Ask Lambda `authenticate`; answer with `receiveAuthentication`. */
  | ({ readonly kind: 'authenticate'; readonly mechanism: SaslMechanism; readonly username: string } & Secret)
  /** Find out what mechanisms the hop offers under TLS; answer with `receiveMechanisms`. */
  | { readonly kind: 'learn-mechanisms'; readonly nextHop: NextHop }
  /** Begin a login at the hop, on a connection of its own; answer with `receiveRelayedLoginReply`. */
  | {
      readonly kind: 'hop-auth';
      readonly nextHop: SmtpNextHop;
      readonly mechanism: string;
      /** The initial response as the client gave it: base64, or `=`. */
      readonly initial?: string;
    }
  /** Pass the client's response on, base64; answer with `receiveRelayedLoginReply`. */
  | { readonly kind: 'hop-auth-response'; readonly response: string }
  /** Give the login at the hop up, whatever came of it; there is no answer. */
  | { readonly kind: 'hop-auth-cancel' }
  /** Ask Lambda `check-relay` for the recipients of a group; answer with `receiveRelayDecisions`, one each in their order. */
  | { readonly kind: 'check-relay'; readonly recipients: readonly string[] }
  /** Ask Lambda `check-limits` to count the message whose content is in; answer with `receiveLimitsDecision`. */
  | {
      readonly kind: 'check-limits';
      readonly identity: string;
      readonly recipients: number;
      readonly limits: Readonly<Record<string, number>>;
    }
  /**
   * Offer a group of recipients to their next hops, MAIL first where one has not had it; answer with `receiveHopAnswer`,
   * once for each in their order.
   */
  | { readonly kind: 'offer-recipients'; readonly mail: MailCommand; readonly offers: readonly RecipientOffer[] }
  /** Open the content at the next hop; answer with `receiveHopAnswer`. */
  | { readonly kind: 'start-content' }
  /** Pass on content, dot-stuffed; `isTrace` marks our own Received field, which is no part of what the client sent. */
  | { readonly kind: 'content'; readonly octets: Uint8Array; readonly isTrace?: true }
  /** Send the next hop the terminator; answer with `receiveHopAnswer`. */
  | { readonly kind: 'finish' }
  /** Hand nothing on: the transaction at the next hop is given up. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'record'; readonly event: SessionEvent }
  /** Close once the client has read all replies; one that said QUIT sends nothing after it that a reset could answer. */
  | { readonly kind: 'close'; readonly hasQuit?: true };
