/** What the routes of the admin API work on: every table, the clock and chance. */

import type { EventReader } from '../../history/event-reader.ts';
import type { HeldMail } from './held-mail.ts';
import type { PolicyStore } from './policy-store.ts';
import type { Renewals } from './renewals.ts';
import type { LoginFailures, UserStore } from './user-store.ts';

export interface AdminStores {
  readonly policy: PolicyStore;
  readonly users: UserStore;
  readonly loginFailures: LoginFailures;
  readonly events: EventReader;
  readonly held: HeldMail;
  /** Absent where the deployment has no certificate made. */
  readonly renewals?: Renewals | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}
