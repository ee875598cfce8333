/** How many clients may be logged in at one hop at a time, each on a connection of its own. */
import { ClientShares } from './client-shares.ts';

export interface LoginLimits {
  /** Logins at one hop, those being tried included. */
  readonly maxLogins: number;
  /** Places that one client may have. */
  readonly maxPerClient: number;
}

export const LOGIN_LIMITS: LoginLimits = {
  // Such a connection stands as long as its session, idle or not, and so cannot be shared out as those of the pool
  // are; a hop that takes this screen for one client must allow as many (Postfix: smtpd_client_connection_count_limit).
  maxLogins: 200,
  // As many as one client may have connections to us, by default.
  maxPerClient: 50,
};

export class LoginPlaces {
  readonly #shares: ClientShares;
  readonly #maxLogins: number;
  #taken = 0;

  constructor({ maxLogins, maxPerClient }: LoginLimits) {
    this.#maxLogins = maxLogins;
    this.#shares = new ClientShares(() => maxPerClient);
  }

  get taken(): number {
    return this.#taken;
  }

  /** Whether there was a place; whoever took one gives it back once. */
  take(client: string): boolean {
    if (this.#taken >= this.#maxLogins || !this.#shares.hasRoom(client)) return false;
    this.#taken += 1;
    this.#shares.take(client);
    return true;
  }

  giveBack(client: string): void {
    this.#taken -= 1;
    this.#shares.giveBack(client);
  }
}
