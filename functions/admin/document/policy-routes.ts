/** `/servers/{server}/policy`: the whole policy as one document. */
import * as z from 'zod';
import { SETTINGS_ITEM } from '../../../policy/item.ts';
import { serverSchema } from '../contract/answers/names.ts';
import {
  appliedAnswer,
  applyQuery,
  type PolicyDocument,
  policyAnswer,
  policyDocumentSchema,
} from '../contract/answers/policy-document.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { checkPrecondition, etagOf, PRECONDITION_HEADERS, tagOf } from '../http/etag.ts';
import type { RouteAnswer } from '../http/http.ts';
import { fieldError, invalid, Problem } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import { itemInForce } from '../items/item-collection.ts';
import { inForceOf, noSuchServer } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { type Applied, applyPlan } from './policy-apply.ts';
import { describedDocument, documentItems, documentOf } from './policy-document.ts';
import { planPolicy } from './policy-plan.ts';

const parameters = z.strictObject({ server: serverSchema });

const getPolicy = defineRoute({
  method: 'GET',
  path: '/servers/{server}/policy',
  summary: 'The whole policy of a server as one document',
  parameters,
  answers: { 200: policyAnswer },
  problems: [404],
  handle: async ({ parameters: { server } }, stores) => {
    const items = await stores.policy.readAll(server, 'all');
    const inForce = inForceOf(items);
    if (inForce.settingsItem === undefined) throw noSuchServer(server);
    const written = items.flatMap((stored) => {
      const { problem: what } = itemInForce(stored);
      return what === undefined ? [] : [{ item: stored.item, problem: what }];
    });
    return ok({ server, ...versionsOf(items), problems: written, ...documentOf(items) }, { etag: tagOfAll(items) });
  },
});

/** One tag for all items of a server. */
export function tagOfAll(items: Iterable<StoredItem>): string {
  return tagOf(
    [...items].map((stored) => [stored.item, etagOf(stored.raw)]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );
}

interface Versions {
  readonly policyVersion: string | null;
  readonly itemsVersion: string;
}

function versionsOf(items: readonly StoredItem[]): Versions {
  const policyVersion = inForceOf(items).snapshot.policy?.version ?? null;
  return { policyVersion, itemsVersion: tagOfAll(items).slice(1, -1) };
}

/**
 * Refuses a document that is based on another policy than the server has. One that is half applied may be sent again as
 * it is; a server without settings has no policy yet.
 */
function checkBasis(server: string, document: PolicyDocument, items: readonly StoredItem[]): void {
  const settings = items.find(({ item }) => item === SETTINGS_ITEM);
  if (settings === undefined || (document.server !== undefined && document.server !== server)) return;
  const now = versionsOf(items);
  if (settings.attributes.continues === continuation(document, now.itemsVersion)) return;
  const errors = (['policyVersion', 'itemsVersion'] as const).flatMap((field): FieldError[] => {
    const based = document[field];
    if (based === undefined || based === now[field]) return [];
    return [fieldError(field, based, `is ${now[field] ?? 'none'} now`)];
  });
  if (errors.length === 0) return;
  const detail = `${server} was changed since this document was read: read it again, or force=true to replace what changed`;
  throw new Problem('precondition-failed', detail, { errors, more: { ...now }, headers: { etag: tagOfAll(items) } });
}

/** What the settings say while a document is half applied: on what it is based, and what its steps have come to. */
function continuation({ policyVersion = '', itemsVersion = '' }: PolicyDocument, now: string): string {
  return [policyVersion, itemsVersion, now].join(' ');
}

/** Where a document is not applied to its end, lets it be sent again though the versions in it are no more. */
async function noteContinuation(
  document: PolicyDocument,
  items: readonly StoredItem[],
  { policy }: Pick<AdminStores, 'policy'>,
): Promise<void> {
  const settings = items.find(({ item }) => item === SETTINGS_ITEM);
  const isBased = document.policyVersion !== undefined || document.itemsVersion !== undefined;
  if (settings === undefined || !isBased) return;
  // Where somebody was faster, the document is no continuation of anything.
  await policy.mark(settings, { continues: continuation(document, versionsOf(items).itemsVersion) });
}

const putPolicy = defineRoute({
  method: 'PUT',
  path: '/servers/{server}/policy',
  summary: 'Make the policy of a server what the document says; send the same again until it is done',
  parameters,
  query: z.strictObject(applyQuery),
  headers: PRECONDITION_HEADERS,
  body: policyDocumentSchema,
  describedBody: describedDocument,
  answers: { 200: appliedAnswer, 202: appliedAnswer },
  problems: [409, 412, 503],
  handle: async ({ parameters: { server }, query, body, headers, who }, stores) => {
    const untilMs = stores.nowMs() + query.seconds * 1000;
    const existing = new Map((await stores.policy.readAll(server, 'all')).map((stored) => [stored.item, stored]));
    const etag = existing.size === 0 ? undefined : tagOfAll(existing.values());
    checkPrecondition(headers, etag);
    if (query.force === 'false') checkBasis(server, body, [...existing.values()]);
    const wanted = documentItems(body, existing);
    if (wanted.errors.length > 0) throw invalid(wanted.errors);
    const plan = planPolicy(existing, wanted.items);
    const applied = await applyPlan(plan, { server, who, untilMs }, stores);
    const items = itemsAfter(existing, applied);
    if (applied.left > 0) await noteContinuation(body, items, stores);
    return report(applied, plan.unchanged, items);
  },
});

export function itemsAfter(existing: ReadonlyMap<string, StoredItem>, { now }: Applied): readonly StoredItem[] {
  const items = new Map<string, StoredItem | undefined>([...existing, ...now]);
  return [...items.values()].filter((stored) => stored !== undefined);
}

/** What was done, whole or in part: a problem says it too. */
export function report(
  { put, deleted, left, stopped }: Applied,
  unchanged: number,
  items: readonly StoredItem[],
): RouteAnswer {
  const value = { done: left === 0, applied: { put, deleted }, unchanged, left, ...versionsOf(items) };
  const etag = tagOfAll(items);
  if (stopped === undefined) return { status: left === 0 ? 200 : 202, value, headers: { etag } };
  const changed = put.length + deleted.length;
  const where = `${changed} items were changed as the document says, ${left} are left`;
  const stand = { ...value, stoppedAt: stopped.item };
  return stopped.kind === 'changed'
    ? new Problem('conflict', `Somebody changed ${stopped.item} meanwhile: ${where}`, { more: stand })
    : new Problem('unavailable', `DynamoDB did not take ${stopped.item}, as far as is known: ${where}`, {
        more: stand,
      });
}

export const POLICY_ROUTES: readonly Route[] = [getPolicy, putPolicy];
