/** The login of one client connection at its next hop: tried line by line, then kept for the session's transactions. */
import { nextHopName } from '../../policy/next-hop.ts';
import type { RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import type { SmtpSession } from '../../protocol/session/session.ts';
import type { Log } from '../log.ts';
import type { Handover, ReservedHop } from '../next-hop/handover.ts';
import { hopTimeouts, type NextHops, type XclientIdentity } from '../next-hop/next-hop.ts';

export interface RelayedLoginsOptions {
  readonly nextHops: NextHops;
  readonly handover: Handover;
  readonly session: SmtpSession;
  /** The session's id. */
  readonly id: string;
  /** Address of the client. */
  readonly client: string;
  /** Whom XCLIENT names; no one where policy does not pass the client on. */
  readonly xclientIdentity: () => XclientIdentity | undefined;
  /** The connection is gone on which the hop took the login. */
  readonly onLost: () => void;
  readonly log: Log;
}

export class RelayedLogins {
  readonly #options: RelayedLoginsOptions;
  #current: ReservedHop | undefined;

  constructor(options: RelayedLoginsOptions) {
    this.#options = options;
  }

  learn({ nextHop }: Extract<Effect, { kind: 'learn-mechanisms' }>): Promise<readonly string[] | undefined> {
    const { nextHops, session } = this.#options;
    return nextHops.learnMechanisms(nextHop, hopTimeouts(session.policy.settings));
  }

  async ask(effect: Extract<Effect, { kind: 'hop-auth' | 'hop-auth-response' }>): Promise<RelayedLoginReply> {
    const answer = await (effect.kind === 'hop-auth' ? this.#start(effect) : this.#respond(effect.response));
    const { handover, id, log } = this.#options;
    if (answer.kind === 'taken') handover.reserve(this.#current);
    if (answer.kind === 'deferred') {
      log({ event: 'login-deferred', session: id, nextHop: this.#current?.name, problem: answer.detail });
    }
    return answer;
  }

  /** Ends the login and its connection; what is under way is not answered. */
  close(): void {
    this.#current?.login.close();
    this.#current = undefined;
    this.#options.handover.reserve(undefined);
  }

  #start({ nextHop, mechanism, initial }: Extract<Effect, { kind: 'hop-auth' }>): Promise<RelayedLoginReply> {
    const { nextHops, session, client, xclientIdentity, onLost } = this.#options;
    this.close();
    const timeouts = hopTimeouts(session.policy.settings);
    const login = nextHops.login(nextHop, { timeouts, client, xclientIdentity: xclientIdentity(), onLost });
    this.#current = { name: nextHopName(nextHop), login };
    return login.start(mechanism, initial);
  }

  #respond(response: string): Promise<RelayedLoginReply> {
    if (this.#current === undefined) throw new TypeError('No login is under way at a next hop');
    return this.#current.login.respond(response);
  }
}
