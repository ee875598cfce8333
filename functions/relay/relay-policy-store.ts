/** Where `check-relay` finds the items that bear on a recipient. */
import type { PolicyAttributes } from '../../policy/item.ts';

export interface RelayPolicyStore {
  /**
   * The items of `server` with these keys, all different, by key; one that does not exist is absent.
   * Rejects when any of them could not be read: an item that was not read is never taken for one that is not there.
   */
  read(server: string, items: readonly string[]): Promise<ReadonlyMap<string, PolicyAttributes>>;
}
