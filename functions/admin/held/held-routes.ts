/** `/servers/{server}/held`: mail that a screening rule holds, to look at, release and deny. */
import * as z from 'zod';
import { type HeldItem, type HeldState, isExpired } from '../../../policy/held.ts';
import { timeSchema } from '../../history/event-span.ts';
import {
  decidedAnswer,
  type HeldAnswer,
  heldAnswer,
  heldListAnswer,
  idsBody,
  releaseBody,
  SHOWN_STATES,
} from '../contract/answers/held-answer.ts';
import { nameSchema, serverSchema } from '../contract/answers/names.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalidField, Problem } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import { publishedSettings } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { HeldQuery } from '../stores/held-mail.ts';

/** Octets of one answer with content: with its base64 it stays below what Lambda carries. */
export const MAX_CONTENT_OCTETS = 4_194_304;
/** Pages that one request reads where a filter leaves little of each. */
const MAX_PAGES = 20;
const EARLIEST = '2000-01-01T00:00:00.000Z';
const LATEST = '9999-12-31T23:59:59.999Z';

const query = z.strictObject({
  ...pageQuery,
  state: z.enum(SHOWN_STATES).default('held'),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
  sender: nameSchema.optional(),
  recipient: nameSchema.optional(),
  rule: nameSchema.optional(),
});
type Query = z.output<typeof query>;

const positionSchema = z.strictObject({ at: z.iso.datetime(), id: z.string().max(300) });
const one = z.strictObject({ server: serverSchema, id: nameSchema });

const listHeld = defineRoute({
  method: 'GET',
  path: '/servers/{server}/held',
  summary: 'Held mail in one state, newest first; a page may be short, or empty, and have a next one',
  parameters: z.strictObject({ server: serverSchema }),
  query,
  answers: { 200: heldListAnswer },
  problems: [404],
  handle: async ({ parameters: { server }, query: wanted }, stores) => {
    await publishedSettings(server, stores);
    const nowMs = stores.nowMs();
    // Expired mail is held mail whose time is over: the table drops it within days.
    const state: HeldState = wanted.state === 'expired' ? 'held' : wanted.state;
    const held: HeldAnswer[] = [];
    let after = readToken(positionSchema, wanted.next);
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const page = await stores.held.page({
        ...spanOf(wanted),
        server,
        state,
        limit: wanted.limit - held.length,
        after,
      });
      held.push(...page.items.map((item) => shownHeld(item, nowMs)).filter((item) => isWanted(item, wanted)));
      after = page.last;
      if (after === undefined || held.length >= wanted.limit) break;
    }
    return ok({ held, ...(after === undefined ? {} : { next: nextToken(after) }) });
  },
});

function spanOf({ since, until }: Query): Pick<HeldQuery, 'since' | 'until'> {
  return {
    since: since === undefined ? EARLIEST : new Date(since).toISOString(),
    until: until === undefined ? LATEST : new Date(until).toISOString(),
  };
}

function isWanted(item: HeldAnswer, { state, sender, recipient, rule }: Query): boolean {
  if (item.state !== state) return false;
  if (sender !== undefined && !matchesAddress(item.sender, sender)) return false;
  if (recipient !== undefined && !item.recipients.some(({ address }) => matchesAddress(address, recipient)))
    return false;
  return rule === undefined || item.rule === rule || item.rule === `screen#${rule}`;
}

/** An address, or `@domain`. */
function matchesAddress(address: string, wanted: string): boolean {
  const [a, b] = [address.toLowerCase(), wanted.toLowerCase()];
  return b.startsWith('@') ? a.endsWith(b) : a === b;
}

/** The item as answers show it. */
function shownHeld(item: HeldItem, nowMs: number): HeldAnswer {
  const { serverState: _index, leaseOwner: _owner, leaseUntilMs: _until, content: _key, nextTryAtMs, ...shown } = item;
  const state = item.state === 'held' && isExpired(item, nowMs) ? 'expired' : item.state;
  const times = {
    expiresAt: new Date(item.expiresAt * 1000).toISOString(),
    ...(nextTryAtMs === undefined ? {} : { nextTryAt: new Date(nextTryAtMs).toISOString() }),
  };
  return heldAnswer.parse({ ...shown, state, ...times });
}

async function heldOf({ server, id }: { server: string; id: string }, stores: AdminStores): Promise<HeldItem> {
  const item = await stores.held.read(id);
  if (item?.server === server) return item;
  throw new Problem('not-found', `${server} holds no message "${id}"`);
}

const getHeld = defineRoute({
  method: 'GET',
  path: '/servers/{server}/held/{id}',
  summary: 'One held message: envelope, rule, what the screener saw',
  parameters: one,
  answers: { 200: heldAnswer },
  problems: [404],
  handle: async ({ parameters }, stores) => ok(shownHeld(await heldOf(parameters, stores), stores.nowMs())),
});

const getContent = defineRoute({
  method: 'GET',
  path: '/servers/{server}/held/{id}/content',
  summary: `The held message itself (message/rfc822); above ${MAX_CONTENT_OCTETS} octets by ranges`,
  parameters: one,
  headers: { range: '`bytes=FIRST-LAST`: a part of the message' },
  answers: { 200: null, 206: null },
  problems: [404, 410, 413, 416],
  handle: async ({ parameters, headers, who }, stores) => {
    const item = await heldOf(parameters, stores);
    const { start, end, isPart } = rangeOf(headers.range, item.octets);
    const octets = await stores.held.content(item.content, start, end);
    if (octets === undefined) throw new Problem('gone', `The content of ${item.id} has been removed`);
    // Before it is shown: no one reads a message without a record of it.
    if (start === 0) await stores.held.record(item, 'viewed', who);
    const part = isPart ? { 'content-range': `bytes ${start}-${end}/${item.octets}` } : {};
    return {
      status: isPart ? 206 : 200,
      octets,
      headers: {
        'content-type': 'message/rfc822',
        'content-disposition': `attachment; filename="${item.id.replace(/[^A-Za-z0-9._-]/g, '_')}.eml"`,
        'accept-ranges': 'bytes',
        ...part,
      },
    };
  },
});

function rangeOf(header: string | undefined, octets: number): { start: number; end: number; isPart: boolean } {
  if (header === undefined) {
    if (octets <= MAX_CONTENT_OCTETS) return { start: 0, end: Math.max(0, octets - 1), isPart: false };
    throw new Problem(
      'too-large',
      `The message has ${octets} octets: ask with range, at most ${MAX_CONTENT_OCTETS} at a time`,
    );
  }
  const [, first, last = ''] = /^bytes=(\d{1,12})-(\d{0,12})$/.exec(header) ?? [];
  const start = Number(first);
  if (first === undefined || start >= octets)
    throw new Problem('not-satisfiable', `range: write bytes=FIRST-LAST, below ${octets}`);
  const wanted = last === '' ? octets - 1 : Number(last);
  if (wanted < start) throw new Problem('not-satisfiable', 'range: LAST is before FIRST');
  return { start, end: Math.min(wanted, octets - 1, start + MAX_CONTENT_OCTETS - 1), isPart: true };
}

/** What somebody decides of a held message. */
interface Wish {
  readonly state: 'releasing' | 'denied';
  readonly who: string;
  readonly recipients?: readonly string[] | undefined;
}

async function decide(item: HeldItem, { state, who, recipients }: Wish, stores: AdminStores): Promise<HeldItem> {
  if (isExpired(item, stores.nowMs()) && item.state === 'held') {
    throw new Problem('gone', `${item.id} has expired at ${new Date(item.expiresAt * 1000).toISOString()}`);
  }
  const unknown = recipients?.find((address) => !item.recipients.some((each) => each.address === address));
  if (unknown !== undefined) throw invalidField('recipients', unknown, `is no recipient of ${item.id}`);
  const decidedAt = new Date(stores.nowMs()).toISOString();
  const decided = await stores.held.decide(item.id, { state, decidedBy: who, decidedAt, releaseTo: recipients });
  if (decided === undefined) {
    const now = (await stores.held.read(item.id)) ?? item;
    throw new Problem(
      'conflict',
      `${item.id} is ${now.state}${now.decidedBy === undefined ? '' : `, by ${now.decidedBy}`}`,
    );
  }
  const act = state === 'denied' ? 'denied' : 'released';
  await stores.held.record(decided, act, who, recipients === undefined ? undefined : `to ${recipients.join(', ')}`);
  return decided;
}

const releaseHeld = defineRoute({
  method: 'POST',
  path: '/servers/{server}/held/{id}/release',
  summary: 'Release a held message to its recipients, or to some of them; a task hands it on within seconds',
  parameters: one,
  body: releaseBody,
  answers: { 202: heldAnswer },
  problems: [404, 409, 410],
  handle: async ({ parameters, body: { recipients }, who }, stores) => {
    const item = await heldOf(parameters, stores);
    const decided = await decide(item, { state: 'releasing', who, recipients }, stores);
    return { status: 202, value: shownHeld(decided, stores.nowMs()) };
  },
});

const denyHeld = defineRoute({
  method: 'POST',
  path: '/servers/{server}/held/{id}/deny',
  summary: 'Deny a held message: it goes nowhere, and its content is removed when its time is over',
  parameters: one,
  answers: { 200: heldAnswer },
  problems: [404, 409, 410],
  handle: async ({ parameters, who }, stores) =>
    ok(shownHeld(await decide(await heldOf(parameters, stores), { state: 'denied', who }, stores), stores.nowMs())),
});

function manyRoute(verb: 'release' | 'deny', state: Wish['state']): Route {
  return defineRoute({
    method: 'POST',
    path: `/servers/{server}/held/${verb}`,
    summary: `${verb === 'release' ? 'Release' : 'Deny'} many held messages, each by itself`,
    parameters: z.strictObject({ server: serverSchema }),
    body: idsBody,
    answers: { 200: decidedAnswer },
    problems: [404],
    handle: async ({ parameters: { server }, body: { ids }, who }, stores) => {
      await publishedSettings(server, stores);
      const done: string[] = [];
      const failed: { id: string; status: number; detail: string }[] = [];
      for (const id of new Set(ids)) {
        try {
          await decide(await heldOf({ server, id }, stores), { state, who }, stores);
          done.push(id);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          failed.push({ id, status: error.status, detail: error.message });
        }
      }
      return ok({ done, failed });
    },
  });
}

export const HELD_ROUTES: readonly Route[] = [
  listHeld,
  getHeld,
  getContent,
  releaseHeld,
  denyHeld,
  manyRoute('release', 'releasing'),
  manyRoute('deny', 'denied'),
];
