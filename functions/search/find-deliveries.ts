/** What became of messages after Amazon SES took them: one short query a message that went there. */
import type { EventAttributes, EventReader } from '../history/event-reader.ts';
import { timeOf } from '../history/event-shown.ts';
import { inParallel } from '../in-parallel.ts';
import { deliveryStream } from '../tables/event-stream.ts';
import type { Transaction } from './search-key.ts';

export interface Delivery {
  /** ISO time at which SES says that it happened. */
  readonly at: string;
  readonly outcome: string;
  readonly bounce?: string;
  readonly status?: string;
  readonly detail?: string;
}

/** Events of one message that are looked at: each recipient may have several. */
const MOST_EVENTS = 500;
const AT_ONCE = 16;

/**
 * Deliveries of each message by its recipients, oldest first, in the order of the messages; none for one that did not go
 * to SES. A recipient of which nothing was told is absent.
 */
export function findDeliveries(
  messages: readonly EventAttributes[],
  { reader, nowSeconds }: { readonly reader: EventReader; readonly nowSeconds: number },
): Promise<readonly ReadonlyMap<string, readonly Delivery[]>[]> {
  return inParallel(messages, AT_ONCE, async (item) => {
    const message = item as unknown as Transaction;
    if (!message.recipients.some(({ nextHop }) => nextHop === 'ses')) return new Map();
    const { items } = await reader.read({
      partition: { kind: 'stream', stream: deliveryStream(message.server, message.transaction) },
      from: '0',
      to: '~',
      order: 'oldest-first',
      filter: {},
      nowSeconds,
      limit: MOST_EVENTS,
    });
    return byRecipient(message, items);
  });
}

function byRecipient(
  { recipients }: Transaction,
  events: readonly EventAttributes[],
): ReadonlyMap<string, readonly Delivery[]> {
  const found = new Map<string, Delivery[]>();
  for (const event of events) {
    const { outcome, bounce, recipients: told, detail } = event as Readonly<Record<string, unknown>>;
    if (!Array.isArray(told)) continue;
    for (const each of told as readonly { address: string; status?: string; detail?: string }[]) {
      const recipient = recipients.find(({ address }) => isSame(address, each.address));
      if (recipient === undefined) continue;
      const own = found.get(recipient.address) ?? [];
      found.set(recipient.address, own);
      own.push({
        at: timeOf(event),
        outcome: String(outcome),
        ...(typeof bounce === 'string' ? { bounce } : {}),
        ...(each.status === undefined ? {} : { status: each.status }),
        ...textOf(each.detail ?? detail),
      });
    }
  }
  return found;
}

function textOf(detail: unknown): { readonly detail?: string } {
  return typeof detail === 'string' ? { detail } : {};
}

/** Mail to `<postmaster>` goes to the server's own domain at SES. */
function isSame(recipient: string, told: string): boolean {
  const [own, address] = [recipient.toLowerCase(), told.toLowerCase()];
  return own === address || (!own.includes('@') && address.startsWith(`${own}@`));
}
