/** `GET /events`: what happened, newest first. */
import { isIP } from 'node:net';
import * as z from 'zod';
import { canonicalIpAddress, plainAddress } from '../../../policy/client-network.ts';
import { userKey } from '../../../policy/user.ts';
import { type EventList, type EventServer, findEvents, PageBudget } from '../../history/event-query.ts';
import type { EventFilter } from '../../history/event-reader.ts';
import { shownEvent } from '../../history/event-shown.ts';
import { type EventSpan, eventSpan, timeSchema } from '../../history/event-span.ts';
import { inParallel } from '../../in-parallel.ts';
import { ALL_SERVERS, USER_CHANGE_DAYS } from '../../tables/changed-event.ts';
import { EVENT_TYPES, eventsAnswer } from '../contract/answers/event-answer.ts';
import { nameSchema, serverSchema } from '../contract/answers/names.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalidField } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import { settingsInForce } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';

const TYPE_LIST = new RegExp(`^(?:${EVENT_TYPES.join('|')})(?:,(?:${EVENT_TYPES.join('|')}))*$`);

const DAY_MS = 86_400_000;
/** Days of the longest `eventDays`, where no one knows better: of a session, or a server that is no more. */
const MOST_DAYS = 3650;
/** Servers that one request looks at, and whose settings it reads at the same time. */
const MOST_SERVERS = 1000;
const AT_ONCE = 8;

const address = z.string().transform((text, context): string => {
  const plain = plainAddress(text);
  const family = isIP(plain);
  const canonical = family === 4 || family === 6 ? canonicalIpAddress(family, plain) : undefined;
  if (canonical !== undefined) return canonical;
  context.addIssue({ code: 'custom', message: 'is not an IP address' });
  return z.NEVER;
});

const query = z.strictObject({
  ...pageQuery,
  server: z.union([z.literal(ALL_SERVERS), serverSchema]).optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  type: z
    .string()
    .regex(TYPE_LIST, `is not one or more, with commas, of ${EVENT_TYPES.join(', ')}`)
    .transform((text) => text.split(','))
    .optional(),
  session: nameSchema.optional(),
  address: address.optional(),
  identity: nameSchema.optional(),
});
type Query = z.output<typeof query>;

/** Where the next page begins; `since` too, so that the last 24 hours do not move while somebody turns pages. */
const positionSchema = z.strictObject({
  before: z
    .string()
    .max(300)
    .refine((key) => !Number.isNaN(Date.parse(key.slice(0, 10))) && /^\d{4}-\d\d-\d\dT/.test(key)),
  sinceMs: z.int().min(0).max(8.64e15),
});

const getEvents = defineRoute({
  method: 'GET',
  path: '/events',
  summary: 'Events, newest first; a page may be short, or empty, and have a next one',
  query,
  answers: { 200: eventsAnswer },
  problems: [],
  handle: async ({ query: wanted }, stores) => {
    const position = readToken(positionSchema, wanted.next);
    const servers = await serversOf(wanted, stores);
    const sinceMs = position?.sinceMs ?? wanted.since ?? (wanted.session === undefined ? undefined : 0);
    const days = Math.max(...servers.map((server) => server.days));
    const span = eventSpan({ sinceMs, untilMs: wanted.until }, days, stores.nowMs());
    if (!span.ok) throw invalidField('since', undefined, span.problem);
    const found = await find(wanted, { span: span.value, servers, before: position?.before }, stores);
    const next =
      found.before === undefined ? undefined : { before: found.before, sinceMs: Date.parse(span.value.since) };
    return ok({
      events: found.items.map(shownEvent),
      ...span.value,
      ...(next === undefined ? {} : { next: nextToken(next) }),
    });
  },
});

interface KeptServer {
  readonly server: string;
  /** Days that its events are kept. */
  readonly days: number;
}

async function serversOf({ server, session, type }: Query, stores: AdminStores): Promise<readonly KeptServer[]> {
  if (session !== undefined) return [{ server: '', days: MOST_DAYS }];
  const everywhere = { server: ALL_SERVERS, days: USER_CHANGE_DAYS };
  if (server === ALL_SERVERS) return [everywhere];
  const names = server === undefined ? (await stores.policy.servers(MOST_SERVERS)).servers : [server];
  const kept = await inParallel(names, AT_ONCE, async (name) => {
    const inForce = await settingsInForce(name, stores);
    const settings = inForce?.snapshot.policy?.settings;
    if (settings === undefined) return { server: name, days: MOST_DAYS };
    const { eventDays, historyDays } = settings;
    return {
      server: name,
      days: type?.includes('policy-changed') === true ? Math.max(eventDays, historyDays) : eventDays,
    };
  });
  return server === undefined ? [...kept, everywhere] : kept;
}

interface Place {
  readonly span: EventSpan;
  readonly servers: readonly KeptServer[];
  readonly before: string | undefined;
}

function find(wanted: Query, { span, servers, before }: Place, stores: AdminStores): Promise<EventList> {
  const nowMs = stores.nowMs();
  const budget = new PageBudget(stores.nowMs);
  const looked = servers.map(({ server, days }): EventServer => {
    return { server, since: new Date(nowMs - days * DAY_MS).toISOString() };
  });
  const reader = budget.charging(stores.events);
  const nowSeconds = Math.floor(nowMs / 1000);
  const eventQuery = { ...span, filter: filterOf(wanted), limit: wanted.limit, before };
  return findEvents({ query: eventQuery, reader, budget, nowSeconds }, looked);
}

function filterOf({ server, type, session, address: client, identity }: Query): EventFilter {
  return {
    types: type,
    session,
    server: session === undefined ? undefined : server,
    address: client,
    identities: spellings(identity),
  };
}

/** A name as it was given, for a login that it was tried with, and as the key that an identity is. */
function spellings(name: string | undefined): readonly string[] | undefined {
  if (name === undefined) return undefined;
  const key = userKey(name);
  return key.ok && key.value !== name ? [name, key.value] : [name];
}

export const EVENT_ROUTES: readonly Route[] = [getEvents];
