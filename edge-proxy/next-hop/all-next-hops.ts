/** Every kind of next hop behind one face. */
import type { NextHop } from '../../policy/next-hop.ts';
import { assertNever } from '../../policy/result.ts';
import type { HopTransaction, HopTransactionOptions, NextHops } from './next-hop.ts';
import type { SesNextHop } from './ses-next-hop.ts';
import type { SmtpNextHops } from './smtp-next-hops.ts';

export class AllNextHops implements NextHops {
  readonly #smtp: SmtpNextHops;
  readonly #ses: SesNextHop;

  constructor(smtp: SmtpNextHops, ses: SesNextHop) {
    this.#smtp = smtp;
    this.#ses = ses;
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

  close(): void {
    this.#smtp.close();
  }
}
