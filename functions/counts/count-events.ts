/** What is counted of events: each hour of a server has its sums, and how often each client, rule and so on was met. */
import type { PosternEvent, Verdict } from '../../policy/event.ts';

/** What messages and refusals are counted by. */
export const COUNTED_BY = ['client', 'rule', 'recipient', 'sender', 'identity', 'nextHop'] as const;
export type CountedBy = (typeof COUNTED_BY)[number];

type Login = Extract<PosternEvent, { type: 'login' }>['verdict'];

/**
 * Sums of an hour: messages by their verdict, octets of those that were taken, sessions, logins by their verdict, refusals;
 * and recipients of mail by Amazon SES that had it, did not get it for good, or complained.
 */
export type Sum =
  | Verdict
  | 'octets'
  | 'sessions'
  | `login-${Login}`
  | 'refusals'
  | 'delivered'
  | 'bounces'
  | 'complaints';

/** What is counted of each client, user and so on. */
export const COUNTED = ['messages', 'refusals', 'bounces', 'complaints'] as const;
export type Counted = (typeof COUNTED)[number];

/** Messages that were taken, refusals, and recipients that hard bounces and complaints were about. */
export type Tally = Record<Counted, number>;

export function emptyTally(): Tally {
  return { messages: 0, refusals: 0, bounces: 0, complaints: 0 };
}

export function addTally(sum: Tally, more: Readonly<Tally>): void {
  for (const what of COUNTED) sum[what] += more[what];
}

export function sumOf(tally: Readonly<Tally>): number {
  return COUNTED.reduce((sum, what) => sum + tally[what], 0);
}

export interface HourCounts {
  readonly server: string;
  /** UTC, `2026-11-30T09`. */
  readonly hour: string;
  readonly sums: Map<Sum, number>;
  readonly values: ReadonlyMap<CountedBy, Map<string, Tally>>;
}

const TAKEN: readonly Verdict[] = ['accepted', 'held', 'discarded'];
/** Characters of a value that is counted; a longer one ends in `…`. */
const MAX_VALUE = 160;

/** Counts of events, each once however often it stands in the list; none of events that a client has no part in. */
export function countEvents(events: readonly PosternEvent[]): readonly HourCounts[] {
  const hours = new Map<string, HourCounts>();
  const unique = new Map(events.map((event) => [JSON.stringify([event.server, event.id]), event]));
  for (const event of unique.values()) {
    if (!('session' in event) && event.type !== 'delivery') continue;
    const hour = new Date(event.at).toISOString().slice(0, 13);
    const key = `${event.server}#${hour}`;
    const counts = hours.get(key) ?? newHour(event.server, hour);
    hours.set(key, counts);
    if (event.type === 'delivery') countDelivery(event, counts);
    else countOne(event, counts);
  }
  return [...hours.values()];
}

function newHour(server: string, hour: string): HourCounts {
  return { server, hour, sums: new Map(), values: new Map(COUNTED_BY.map((by) => [by, new Map()])) };
}

type ClientEvent = Extract<PosternEvent, { session: string }>;

function countOne(event: ClientEvent, counts: HourCounts): void {
  const add = (sum: Sum, amount = 1): void => void counts.sums.set(sum, (counts.sums.get(sum) ?? 0) + amount);
  if (event.type === 'session') add('sessions');
  if (event.type === 'login') add(`login-${event.verdict}`);
  if (event.type === 'transaction') countTransaction(event, counts, add);
  for (const { rule, recipient, nextHop, amount } of refusalsIn(event)) {
    add('refusals', amount);
    tally(counts, 'rule', rule).refusals += amount;
    tally(counts, 'client', event.client.address).refusals += amount;
    if (event.identity !== undefined) tally(counts, 'identity', event.identity).refusals += amount;
    if (recipient !== undefined) tally(counts, 'recipient', recipient.toLowerCase()).refusals += amount;
    if (nextHop !== undefined) tally(counts, 'nextHop', nextHop).refusals += amount;
    if (event.type === 'transaction') tally(counts, 'sender', senderOf(event)).refusals += amount;
  }
}

type DeliveryEvent = Extract<PosternEvent, { type: 'delivery' }>;

/** By the hour in which SES told it, which may be days after the message's own. */
function countDelivery(event: DeliveryEvent, counts: HourCounts): void {
  const { recipients, identity } = event;
  const sum = countedAs(event);
  if (sum === undefined) return;
  counts.sums.set(sum, (counts.sums.get(sum) ?? 0) + recipients.length);
  if (sum === 'delivered') return;
  if (identity !== undefined) tally(counts, 'identity', identity)[sum] += recipients.length;
  for (const { address } of recipients) tally(counts, 'recipient', address.toLowerCase())[sum] += 1;
}

function countedAs({ outcome, bounce }: DeliveryEvent): 'delivered' | 'bounces' | 'complaints' | undefined {
  if (outcome === 'delivered') return 'delivered';
  if (outcome === 'complained') return 'complaints';
  return outcome === 'bounced' && bounce === 'permanent' ? 'bounces' : undefined;
}

type Transaction = Extract<PosternEvent, { type: 'transaction' }>;

function countTransaction(event: Transaction, counts: HourCounts, add: (sum: Sum, amount?: number) => void): void {
  add(event.verdict);
  if (!TAKEN.includes(event.verdict)) return;
  add('octets', event.octets);
  tally(counts, 'client', event.client.address).messages += 1;
  tally(counts, 'rule', event.rule).messages += 1;
  tally(counts, 'sender', senderOf(event)).messages += 1;
  if (event.identity !== undefined) tally(counts, 'identity', event.identity).messages += 1;
  const taken = event.recipients.filter(({ reply }) => reply < 400);
  for (const address of new Set(taken.map((each) => each.address.toLowerCase()))) {
    tally(counts, 'recipient', address).messages += 1;
  }
  for (const hop of new Set(taken.flatMap(({ nextHop }) => nextHop ?? []))) tally(counts, 'nextHop', hop).messages += 1;
}

function senderOf({ sender }: Transaction): string {
  return sender === '' ? '<>' : sender.toLowerCase();
}

interface CountedRefusal {
  readonly rule: string;
  readonly recipient?: string | undefined;
  readonly nextHop?: string | undefined;
  readonly amount: number;
}

/**
 * Refusals in an event. What policy refuses is an event of its own, `refusal` or `limit`; what a next hop refuses, or a
 * function that did not answer puts off, stands in the transaction alone.
 */
function refusalsIn(event: ClientEvent): readonly CountedRefusal[] {
  if (event.type === 'refusal') {
    return event.reportOnly === true ? [] : [{ rule: event.rule, recipient: event.recipient, amount: 1 }];
  }
  if (event.type === 'limit') return [{ rule: event.rule, amount: 1 }];
  if (event.type !== 'transaction') return [];
  const refused = event.recipients
    .filter(({ reply, rule }) => (reply >= 400 && reply < 500) || (reply >= 500 && isOfHop(rule)))
    .map(({ rule, address, nextHop }) => ({ rule, recipient: address, nextHop, amount: 1 }));
  return [...refused, ...contentRefusal(event)];
}

function contentRefusal({ verdict, rule, recipients, nextHop }: Transaction): readonly CountedRefusal[] {
  if (verdict !== 'refused' && verdict !== 'deferred') return [];
  // Where no recipient was taken, the verdict is that of the last of them.
  if (!recipients.some(({ reply }) => reply < 400)) return [];
  const isToldElsewhere = (verdict === 'refused' && !isOfHop(rule)) || rule.startsWith('user#limits');
  return isToldElsewhere ? [] : [{ rule, nextHop: isOfHop(rule) ? nextHop : undefined, amount: 1 }];
}

/** `next-hop`, and what kept us from it: `next-hop-down` and the like. */
function isOfHop(rule: string): boolean {
  return rule.startsWith('next-hop');
}

function tally({ values }: HourCounts, by: CountedBy, value: string): Tally {
  const tallies = values.get(by);
  const name = value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE).toWellFormed()}…` : value.toWellFormed();
  const known = tallies?.get(name) ?? emptyTally();
  tallies?.set(name, known);
  return known;
}
