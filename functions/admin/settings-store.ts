/** What the admin API needs of the table *policy*. */
import type { PolicyAttributes } from '../../policy/item.ts';

export interface SettingsStore {
  /** The settings item of a server as it stands, well-formed or not; `undefined` when there is none. */
  settings(server: string): Promise<PolicyAttributes | undefined>;
}
