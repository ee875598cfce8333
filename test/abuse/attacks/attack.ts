/** What an attack is: a load on a running Postern, bounded in count, that goes on until its process ends. */

/** The network of attackers of whom no policy says anything, by its first two octets. */
export const STRANGERS = '127.1';

export interface Target {
  /** Ports on 127.0.0.1: of the anonymous server, and of the one with logins (STARTTLS, and TLS first). */
  readonly inbound: number;
  readonly submission: number;
  readonly submissions: number;
  /** Connections that the attack holds at once, or opens in a second where it does not hold them. */
  readonly count: number;
  /** Connections that come from one address. */
  readonly perAddress: number;
  /** The first two octets of those addresses. */
  readonly network: string;
}

/** Resolves when the load stands; it goes on. */
export type Attack = (target: Target) => Promise<void>;
