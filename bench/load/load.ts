/** What the generator is told to do, and what it answers. */
import type { Percentiles } from '../statistics.ts';

export interface Load {
  /** Names it in errors. */
  readonly subject: string;
  readonly port: number;
  /**
   * `new`: a connection for each message. `standing`: connections that last. `idle`: connections that last, and say
   * nothing after EHLO.
   */
  readonly connections: 'new' | 'standing' | 'idle';
  /** Clients side by side. */
  readonly sessions: number;
  /** Sends groups of commands where the server offers PIPELINING. */
  readonly isPipelined: boolean;
  /** `tls`: the connection begins with TLS. */
  readonly security: 'none' | 'starttls' | 'tls';
  /** For AUTH PLAIN; without it no one logs in. */
  readonly login?: { readonly username: string; readonly password: string };
  readonly sender: string;
  /** Recipients of a message; each is at the next of `domains`, in turn. */
  readonly recipients: number;
  readonly domains: readonly string[];
  /** Octets of the whole message, header included. */
  readonly contentOctets: number;
  /** Clients come from as many addresses of 127.0.0.0/8. */
  readonly clientAddresses: number;
}

/** How long one stretch lasts: the first of both that is reached; messages under way are finished. */
export interface Stretch {
  readonly seconds: number;
  readonly messages: number;
}

export type Order =
  /** Makes connections that last; answered when they stand. */
  | { readonly kind: 'open'; readonly load: Load }
  | { readonly kind: 'run'; readonly stretch: Stretch }
  | { readonly kind: 'close' };

/** Messages that were answered with 250, and how long each took. */
export interface Sent {
  readonly messages: number;
  /** Octets of content, as the clients sent it. */
  readonly octets: number;
  readonly seconds: number;
  /** Milliseconds from MAIL, with new connections from connecting, to the last reply. */
  readonly latencyMs: Percentiles;
}

export type OrderAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'sent'; readonly sent: Sent }
  | { readonly kind: 'failed'; readonly problem: string };
