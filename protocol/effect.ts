/** What the machine asks of its shell, in the order in which it must be done. */
import type { SessionEvent } from '../policy/event.ts';
import type { NextHop } from '../policy/next-hop.ts';
import type { Reply } from '../policy/reply.ts';
import type { MailCommand } from './hop-answer.ts';
import type { SaslMechanism } from './sasl.ts';

export type Effect =
  /** Send to the client. */
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** Begin TLS once all replies are out, drop what came in the clear; answer with `receiveTls`. */
  | { readonly kind: 'start-tls' }
  /** Ask Lambda `authenticate`; answer with `receiveAuthentication`. */
  | {
      readonly kind: 'authenticate';
      readonly mechanism: SaslMechanism;
      readonly username: string;
      readonly password: string;
    }
  /** Ask Lambda `check-relay`; answer with `receiveRelayDecision`. */
  | { readonly kind: 'check-relay'; readonly recipient: string }
  /** Offer a recipient to a next hop, MAIL first where it has not had it; answer with `receiveHopAnswer`. */
  | {
      readonly kind: 'offer-recipient';
      readonly nextHop: NextHop;
      readonly mail: MailCommand;
      readonly forwardPath: string;
    }
  /** Open the content at the next hop; answer with `receiveHopAnswer`. */
  | { readonly kind: 'start-content' }
  /** Pass on content, dot-stuffed; `isTrace` marks our own Received field, which is no part of what the client sent. */
  | { readonly kind: 'content'; readonly octets: Uint8Array; readonly isTrace?: true }
  /** Send the next hop the terminator; answer with `receiveHopAnswer`. */
  | { readonly kind: 'finish' }
  /** Hand nothing on: the transaction at the next hop is given up. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'record'; readonly event: SessionEvent }
  /** Close once the client has read all replies. */
  | { readonly kind: 'close' };
