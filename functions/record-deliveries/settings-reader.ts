/** What the settings of a server say of deliveries: how long events are kept, and whether senders are told of bounces. */
import { RELAY_ITEMS } from '../../policy/relay-item.ts';
import { DEFAULT_EVENT_DAYS, type Settings } from '../../policy/settings.ts';
import type { RelayPolicyStore } from '../relay/relay-policy-store.ts';
import { ItemsInForce } from '../tables/items-in-force.ts';

export interface DeliverySettings extends Pick<Settings, 'eventDays' | 'reportBounces'> {
  /** Absent where the server is gone. */
  readonly hostname: string | undefined;
}

const ITEM = 'settings';
/** Milliseconds that an answer is used again: events are many, and no edit is in a hurry here. */
const KEPT_MS = 30_000;
const NONE: DeliverySettings = { eventDays: DEFAULT_EVENT_DAYS, reportBounces: false, hostname: undefined };

export class SettingsReader {
  readonly #store: RelayPolicyStore;
  readonly #nowMs: () => number;
  readonly #inForce = new ItemsInForce(RELAY_ITEMS);
  readonly #read = new Map<string, { readonly untilMs: number; readonly settings: DeliverySettings }>();

  constructor(store: RelayPolicyStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  async read(server: string): Promise<DeliverySettings> {
    const nowMs = this.#nowMs();
    const kept = this.#read.get(server);
    if (kept !== undefined && nowMs < kept.untilMs) return kept.settings;
    const settings = await this.#readNow(server);
    this.#read.set(server, { untilMs: nowMs + KEPT_MS, settings });
    return settings;
  }

  async #readNow(server: string): Promise<DeliverySettings> {
    const attributes = (await this.#store.read(server, [ITEM])).get(ITEM);
    if (attributes === undefined) return NONE;
    const { value } = this.#inForce.update(server, ITEM, attributes);
    return value?.kind === 'settings' ? value.settings : NONE;
  }
}
