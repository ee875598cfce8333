/** What the routes of the admin API work on: every table, the clock and chance. */
import type { PosternEvent } from '../../../policy/event.ts';
import type { CountReader } from '../../counts/count-reader.ts';
import type { EventReader } from '../../history/event-reader.ts';
import type { HeldMail } from './held-mail.ts';
import type { LiveStore } from './live-store.ts';
import type { PolicyStore } from './policy-store.ts';
import type { Renewals } from './renewals.ts';
import type { LoginFailures, SendingUse, UserStore } from './user-store.ts';

export interface AdminStores {
  readonly policy: PolicyStore;
  readonly users: UserStore;
  readonly loginFailures: LoginFailures;
  readonly sendingUse: SendingUse;
  readonly events: EventReader;
  /** Keeps an event; rejects when it could not be written. */
  readonly record: (event: PosternEvent) => Promise<void>;
  readonly counts: CountReader;
  readonly held: HeldMail;
  /** Absent where the deployment has no certificate made. */
  readonly renewals?: Renewals | undefined;
  readonly live: LiveStore;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}
