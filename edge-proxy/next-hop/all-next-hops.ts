/** Every kind of next hop behind one face. */
import { type NextHop, nextHopName, type SmtpNextHop } from '../../policy/next-hop.ts';
import { assertNever } from '../../policy/result.ts';
import type { Log } from '../log.ts';
import type {
  HopTimeouts,
  HopTransaction,
  HopTransactionOptions,
  NextHops,
  RelayedLogin,
  RelayedLoginOptions,
} from './next-hop.ts';
import type { SesNextHop } from './ses/transaction.ts';
import type { SmtpNextHops } from './smtp/smtp-next-hops.ts';

export class AllNextHops implements NextHops {
  readonly #smtp: SmtpNextHops;
  readonly #ses: SesNextHop;
  readonly #log: Log;
  #hasTold = false;

  constructor(smtp: SmtpNextHops, ses: SesNextHop, log: Log) {
    this.#smtp = smtp;
    this.#ses = ses;
    this.#log = log;
  }

  begin(hop: NextHop, options: HopTransactionOptions): HopTransaction {
    switch (hop.kind) {
      case 'smtp':
        return this.#smtp.begin(hop, options);
      case 'ses':
        return this.#ses.begin(options);
      default:
        return assertNever(hop);
    }
  }

  /** Amazon SES has no AUTH that clients could use through us: as an authenticator it is a hop that cannot be asked. */
  async learnMechanisms(hop: NextHop, timeouts: HopTimeouts): Promise<readonly string[] | undefined> {
    if (hop.kind === 'smtp') return await this.#smtp.learnMechanisms(hop, timeouts);
    if (!this.#hasTold) {
      this.#log({ event: 'mechanisms-unknown', nextHop: nextHopName(hop), problem: 'Amazon SES is no authenticator' });
    }
    this.#hasTold = true;
    return undefined;
  }

  login(hop: SmtpNextHop, options: RelayedLoginOptions): RelayedLogin {
    return this.#smtp.login(hop, options);
  }

  close(): void {
    this.#smtp.close();
  }
}
