/** The first items of a published server: written where it has no policy, never over one. */
import { type PolicyAttributes, SETTINGS_ITEM } from './item.ts';

export interface SeedStore {
  /** Whether there is such an item, read consistently. */
  has(server: string, item: string): Promise<boolean>;
  /** Writes an item unless there is one with its keys. */
  putUnlessThere(item: PolicyAttributes): Promise<void>;
}

/**
 * Writes a server's first items and says whether there was no policy before.
 *
 * A server with settings has a policy: a domain that was deleted from it does not come back with the next seed. Settings
 * are written last, so that a seed that was cut short is completed by the next one, and no task starts in between.
 *
 * @param items attributes of each item but `server`
 */
export async function seedServer(
  store: SeedStore,
  server: string,
  items: readonly PolicyAttributes[],
): Promise<'seeded' | 'kept'> {
  if (await store.has(server, SETTINGS_ITEM)) return 'kept';
  const isSettings = ({ item }: PolicyAttributes): boolean => item === SETTINGS_ITEM;
  for (const item of [...items.filter((each) => !isSettings(each)), ...items.filter(isSettings)]) {
    await store.putUnlessThere({ ...item, server });
  }
  return 'seeded';
}
