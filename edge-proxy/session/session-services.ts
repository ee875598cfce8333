/** What every session of a server uses: clocks, decisions, next hops, the certificate, and where its events go. */
import type { SecureContext } from 'node:tls';
import type { Decisions } from '../decisions/decisions.ts';
import type { RecordEvent } from '../events/event-origin.ts';
import type { Faults } from '../faults.ts';
import type { HeldStore } from '../held/held-store.ts';
import type { KeptBudget } from '../kept/kept-budget.ts';
import type { Log } from '../log.ts';
import type { NextHops } from '../next-hop/next-hop.ts';
import type { PartialDeliveries } from '../next-hop/partial-deliveries.ts';

export interface SessionServices {
  readonly server: string;
  /** Milliseconds of a clock that never jumps, for deadlines. */
  readonly now: () => number;
  /** Milliseconds since 1970, for what people read. */
  readonly calendar: () => number;
  readonly decisions: Decisions;
  readonly nextHops: NextHops;
  readonly served: PartialDeliveries;
  /** Room for content that is kept until it is judged. */
  readonly keptBudget: KeptBudget;
  /** Where held mail is stored; absent where no place for it is configured. */
  readonly heldStore?: HeldStore | undefined;
  readonly secureContext: () => SecureContext;
  readonly record: RecordEvent;
  readonly log: Log;
  readonly faults: Faults;
}
