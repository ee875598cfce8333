/** `GET /messages`: what became of messages, found by whom they are for, whom they are from, and what became of them. */
import * as z from 'zod';
import { parseNetwork } from '../../../policy/client-network.ts';
import { VERDICTS, type Verdict } from '../../../policy/event.ts';
import { userKey } from '../../../policy/user.ts';
import { type EventList, findEvents, PageBudget } from '../../history/event-query.ts';
import type { EventAttributes, EventReader } from '../../history/event-reader.ts';
import { shownEvent } from '../../history/event-shown.ts';
import { type EventSpan, eventSpan, timeSchema } from '../../history/event-span.ts';
import { type Delivery, findDeliveries } from '../../search/find-deliveries.ts';
import { findMessages } from '../../search/find-messages.ts';
import { indexKeys, isFound, type MessageCriteria } from '../../search/message-query.ts';
import { outcomeOf, type Transaction } from '../../search/search-key.ts';
import { type MessageAnswer, messagesAnswer } from '../contract/answers/message-answer.ts';
import { nameSchema, serverSchema } from '../contract/answers/names.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalidField } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import type { AdminStores } from '../stores/admin-stores.ts';

/** Servers that one request looks at. */
const MOST_SERVERS = 1000;
/** Days of the longest `eventDays`. */
const MOST_DAYS = 3650;
/** Events of one session that are looked at for a message. */
const MOST_EVENTS = 1000;
const VERDICT_LIST = new RegExp(`^(?:${VERDICTS.join('|')})(?:,(?:${VERDICTS.join('|')}))*$`);

const lowerCase = nameSchema.transform((text) => text.toLowerCase());

const network = z.string().transform((text, context) => {
  const parsed = parseNetwork(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
});

const query = z.strictObject({
  ...pageQuery,
  server: serverSchema.optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  recipient: lowerCase.optional(),
  sender: lowerCase.optional(),
  client: network.optional(),
  identity: nameSchema.optional(),
  verdict: z
    .string()
    .regex(VERDICT_LIST, `is not one or more, with commas, of ${VERDICTS.join(', ')}`)
    .transform((text) => text.split(',') as Verdict[])
    .optional(),
  rule: nameSchema.optional(),
  id: nameSchema.optional(),
  messageId: nameSchema.transform((text) => text.replace(/^<(.*)>$/s, '$1')).optional(),
});
type Query = z.output<typeof query>;

const positionSchema = z.strictObject({
  before: z
    .string()
    .max(300)
    .regex(/^\d{4}-\d\d-\d\dT/),
  sinceMs: z.int().min(0).max(8.64e15),
});

const getMessages = defineRoute({
  method: 'GET',
  path: '/messages',
  summary: 'Messages and what became of them, newest first; a page may be short, or empty, and have a next one',
  query,
  answers: { 200: messagesAnswer },
  problems: [],
  handle: async ({ query: wanted }, stores) => {
    const position = readToken(positionSchema, wanted.next);
    const sinceMs = position?.sinceMs ?? wanted.since ?? (wanted.id === undefined ? undefined : 0);
    const span = eventSpan({ sinceMs, untilMs: wanted.until }, MOST_DAYS, stores.nowMs());
    if (!span.ok) throw invalidField('since', undefined, span.problem);
    const found = await find(wanted, { span: span.value, before: position?.before }, stores);
    const { before } = found;
    const next = before === undefined ? {} : { next: nextToken({ before, sinceMs: Date.parse(span.value.since) }) };
    const nowSeconds = Math.floor(stores.nowMs() / 1000);
    const deliveries = await findDeliveries(found.items, { reader: stores.events, nowSeconds });
    const messages = found.items.map((item, index) => shownMessage(item, deliveries[index]));
    return ok({ messages, ...span.value, ...next });
  },
});

interface Place {
  readonly span: EventSpan;
  readonly before: string | undefined;
}

async function find(wanted: Query, { span, before }: Place, stores: AdminStores): Promise<EventList> {
  const budget = new PageBudget(stores.nowMs);
  const reader = budget.charging(stores.events);
  const nowSeconds = Math.floor(stores.nowMs() / 1000);
  const criteria = criteriaOf(wanted);
  if (wanted.id !== undefined) return ofSession(wanted, criteria, { reader, nowSeconds });
  const { server, limit } = wanted;
  const servers = server === undefined ? (await stores.policy.servers(MOST_SERVERS)).servers : [server];
  const keys = indexKeys(criteria);
  if (keys !== undefined) {
    return findMessages({ ...span, servers, keys, criteria, limit, before, reader, budget, nowSeconds });
  }
  const search = { query: { ...span, filter: { types: ['transaction'] }, limit, before }, reader, budget, nowSeconds };
  const { items, ...rest } = await findEvents(
    search,
    servers.map((name) => ({ server: name, since: span.since })),
  );
  return { items: items.filter((event) => isFound(event, criteria)), ...rest };
}

function criteriaOf({ recipient, sender, client, identity, verdict, rule, messageId }: Query): MessageCriteria {
  const key = identity === undefined ? undefined : userKey(identity);
  const user = key?.ok === true ? key.value : identity;
  return { recipient, sender, client, identity: user, verdicts: verdict, rule, messageId };
}

/** The message of a 250's id, or all of a session. */
async function ofSession(
  { id = '', server }: Query,
  criteria: MessageCriteria,
  { reader, nowSeconds }: { readonly reader: EventReader; readonly nowSeconds: number },
): Promise<EventList> {
  const session = id.replace(/\.\d+$/, '');
  const { items } = await reader.read({
    partition: { kind: 'session', session },
    from: '0',
    to: '~',
    order: 'newest-first',
    filter: { types: ['transaction'], server },
    nowSeconds,
    limit: MOST_EVENTS,
  });
  const named = items.filter(({ transaction }) => session === id || transaction === id);
  return { items: named.filter((event) => isFound(event, criteria)) };
}

function shownMessage(item: EventAttributes, told?: ReadonlyMap<string, readonly Delivery[]>): MessageAnswer {
  const { commands: _commands, type: _type, transaction, ...event } = shownEvent(item);
  const message = item as unknown as Transaction;
  const recipients = message.recipients.map((recipient) => {
    const deliveries = told?.get(recipient.address);
    const outcome = outcomeOf(recipient, message.verdict);
    return { ...recipient, outcome, ...(deliveries === undefined ? {} : { deliveries }) };
  });
  return { ...event, id: String(transaction), recipients } as unknown as MessageAnswer;
}

export const MESSAGE_ROUTES: readonly Route[] = [getMessages];
