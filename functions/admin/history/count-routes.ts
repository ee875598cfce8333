/** `GET /counts` and `GET /top`: messages and refusals an hour, from counters that were kept as events were recorded. */
import * as z from 'zod';
import { VERDICTS } from '../../../policy/event.ts';
import { addTally, type CountedBy, emptyTally, type Sum, sumOf, type Tally } from '../../counts/count-events.ts';
import { COUNT_DAYS } from '../../counts/count-key.ts';
import type { CountSpan } from '../../counts/count-reader.ts';
import { eventSpan, timeSchema } from '../../history/event-span.ts';
import { inParallel } from '../../in-parallel.ts';
import {
  type CountsAnswer,
  countsAnswer,
  type HourAnswer,
  TOP_BY,
  TOP_ORDERS,
  topAnswer,
} from '../contract/answers/count-answer.ts';
import { serverSchema } from '../contract/answers/names.ts';
import { pageQuery } from '../http/paging.ts';
import { invalidField } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import type { AdminStores } from '../stores/admin-stores.ts';

const HOUR_MS = 3_600_000;
/** Servers that one request looks at. */
const MOST_SERVERS = 1000;
const AT_ONCE = 16;

const spanQuery = {
  server: serverSchema.optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
};

interface Span {
  /** ISO times; `since` is the beginning of its hour. */
  readonly since: string;
  readonly until: string;
  readonly spans: readonly CountSpan[];
}

/** Whole hours: the one in which `since` is has all its counts. */
async function spanOf(
  { server, since, until }: { server?: string | undefined; since?: number | undefined; until?: number | undefined },
  stores: AdminStores,
): Promise<Span> {
  const span = eventSpan({ sinceMs: since, untilMs: until }, COUNT_DAYS, stores.nowMs());
  if (!span.ok) throw invalidField('since', undefined, span.problem);
  const from = span.value.since.slice(0, 13);
  const to = new Date(Date.parse(span.value.until) - 1).toISOString().slice(0, 13);
  const servers = server === undefined ? (await stores.policy.servers(MOST_SERVERS)).servers : [server];
  return {
    since: `${from}:00:00.000Z`,
    until: span.value.until,
    spans: servers.map((name) => ({ server: name, from, to: to < from ? from : to })),
  };
}

const getCounts = defineRoute({
  method: 'GET',
  path: '/counts',
  summary: 'Messages, refusals by rule and logins of each hour, oldest first; kept for 35 days',
  query: z.strictObject({ ...spanQuery, every: z.literal('hour').default('hour') }),
  answers: { 200: countsAnswer },
  problems: [],
  handle: async ({ query: { every, ...wanted } }, stores) => {
    const { spans, since, until } = await spanOf(wanted, stores);
    const hours = new Map(hoursOf(since, until).map((hour) => [hour, emptyHour(hour)]));
    await inParallel(spans, AT_ONCE, async (span) => {
      const [sums, rules] = await Promise.all([stores.counts.sums(span), stores.counts.values(span, 'rule')]);
      for (const each of sums) addSums(hours.get(each.hour), each.sums);
      for (const { hour, values, others } of rules) addRules(hours.get(hour), values, others);
    });
    return ok({ since, until, every, counts: [...hours.values()] } satisfies CountsAnswer);
  },
});

function hoursOf(since: string, until: string): readonly string[] {
  const hours: string[] = [];
  for (let ms = Date.parse(since); ms < Date.parse(until); ms += HOUR_MS) {
    hours.push(new Date(ms).toISOString().slice(0, 13));
  }
  return hours;
}

function emptyHour(hour: string): HourAnswer {
  const messages = { accepted: 0, refused: 0, deferred: 0, abandoned: 0, held: 0, discarded: 0 };
  const logins = { permit: 0, reject: 0, defer: 0 };
  const deliveries = { delivered: 0, bounces: 0, complaints: 0 };
  return { at: `${hour}:00:00.000Z`, messages, octets: 0, sessions: 0, logins, refusals: 0, rules: {}, ...deliveries };
}

function addSums(hour: HourAnswer | undefined, sums: ReadonlyMap<Sum, number>): void {
  if (hour === undefined) return;
  const of = (sum: Sum): number => sums.get(sum) ?? 0;
  for (const verdict of VERDICTS) hour.messages[verdict] += of(verdict);
  for (const verdict of ['permit', 'reject', 'defer'] as const) hour.logins[verdict] += of(`login-${verdict}`);
  hour.octets += of('octets');
  hour.sessions += of('sessions');
  for (const sum of ['refusals', 'delivered', 'bounces', 'complaints'] as const) hour[sum] += of(sum);
}

function addRules(hour: HourAnswer | undefined, values: ReadonlyMap<string, Tally>, others: Tally): void {
  if (hour === undefined) return;
  const add = (rule: string, refusals: number): void => {
    if (refusals > 0) hour.rules[rule] = (hour.rules[rule] ?? 0) + refusals;
  };
  for (const [rule, { refusals }] of values) add(rule, refusals);
  add('others', others.refusals);
}

const getTop = defineRoute({
  method: 'GET',
  path: '/top',
  summary: 'Clients, rules, recipients, senders, users or next hops with the most messages and refusals',
  query: z.strictObject({
    ...spanQuery,
    limit: pageQuery.limit,
    by: z.enum(TOP_BY).default('client'),
    order: z.enum(TOP_ORDERS).default('total'),
  }),
  answers: { 200: topAnswer },
  problems: [],
  handle: async ({ query: { by, order, limit, ...wanted } }, stores) => {
    const { spans, since, until } = await spanOf(wanted, stores);
    const { tallies, others } = await talliesOf(spans, by, stores);
    const weight = (tally: Tally): number => (order === 'total' ? sumOf(tally) : tally[order]);
    const sorted = [...tallies].filter(([, tally]) => weight(tally) > 0);
    sorted.sort(([a, x], [b, y]) => weight(y) - weight(x) || (a < b ? -1 : 1));
    for (const [, tally] of sorted.slice(limit)) addTally(others, tally);
    const top = sorted.slice(0, limit).map(([value, tally]) => ({ value, ...tally }));
    return ok({ by, since, until, top, others });
  },
});

async function talliesOf(
  spans: readonly CountSpan[],
  by: CountedBy,
  stores: AdminStores,
): Promise<{ readonly tallies: ReadonlyMap<string, Tally>; readonly others: Tally }> {
  const tallies = new Map<string, Tally>();
  const others = emptyTally();
  await inParallel(spans, AT_ONCE, async (span) => {
    for (const hour of await stores.counts.values(span, by)) {
      addTally(others, hour.others);
      for (const [value, tally] of hour.values) {
        const known = tallies.get(value) ?? emptyTally();
        addTally(known, tally);
        tallies.set(value, known);
      }
    }
  });
  return { tallies, others };
}

export const COUNT_ROUTES: readonly Route[] = [getCounts, getTop];
