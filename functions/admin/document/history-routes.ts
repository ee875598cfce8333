/** `/servers/{server}/history`, and the way back: the versions of a policy, each as it was. */
import * as z from 'zod';
import type { PolicyAttributes } from '../../../policy/item.ts';
import { SETTINGS_ITEM } from '../../../policy/item.ts';
import { timeSchema } from '../../history/event-span.ts';
import { VERSION_NAME, type WantedVersion } from '../../history/policy-history.ts';
import { fromJsonObject, toJsonObject } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import {
  historyAnswer,
  type ItemChangeAnswer,
  pastPolicyAnswer,
  rollbackBody,
  rollbackPlanAnswer,
  type VersionAnswer,
} from '../contract/answers/history-answer.ts';
import { serverSchema } from '../contract/answers/names.ts';
import { appliedAnswer, applySeconds } from '../contract/answers/policy-document.ts';
import { checkPrecondition, PRECONDITION_HEADERS } from '../http/etag.ts';
import { keyToken, nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalid, Problem } from '../http/problem.ts';
import { defineRoute, ok, type Route } from '../http/route.ts';
import { itemErrors } from '../items/item-errors.ts';
import { noSuchServer } from '../servers/policy-in-force.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { entriesOf, itemChange, type PastPolicy, pastPolicy, type TakenVersion, takeVersion } from './past-policy.ts';
import { applyPlan } from './policy-apply.ts';
import { documentOf, placeOf } from './policy-document.ts';
import { type PolicyPlan, planPolicy } from './policy-plan.ts';
import { itemsAfter, report, tagOfAll } from './policy-routes.ts';

const parameters = z.strictObject({ server: serverSchema });

/** A version by its name, or by a time at which it was in force. */
const wantedVersion = z.string().transform((text, context): WantedVersion => {
  if (VERSION_NAME.test(text)) return { kind: 'name', name: text };
  const time = timeSchema.safeParse(text);
  if (time.success) return { kind: 'time', ms: time.data };
  context.addIssue({ code: 'custom', message: 'is neither a version such as 20260301T100000-1a2b3c4d nor a time' });
  return z.NEVER;
});

/** Octets of a sort key of DynamoDB. */
const MAX_KEY_OCTETS = 1024;
/** Octets of JSON after which a page ends; Lambda's answer may have 6 MB. */
const MAX_PAGE_OCTETS = 3_000_000;

const listVersions = defineRoute({
  method: 'GET',
  path: '/servers/{server}/history',
  summary: 'Versions of the policy of a server, newest first: who changed what',
  parameters,
  query: z.strictObject(pageQuery),
  answers: { 200: historyAnswer },
  problems: [404],
  handle: async ({ parameters: { server }, query: { limit, next } }, stores) => {
    const before = readToken(keyToken(MAX_KEY_OCTETS), next);
    const entries = entriesOf(server, before, stores);
    const versions: VersionAnswer[] = [];
    let octets = 0;
    let first = (await entries.next()).value;
    if (
      first === undefined &&
      before === undefined &&
      (await stores.policy.read(server, SETTINGS_ITEM)) === undefined
    ) {
      throw noSuchServer(server);
    }
    while (first !== undefined) {
      const taken: TakenVersion = await takeVersion(first, entries);
      versions.push(taken.version);
      octets += Buffer.byteLength(JSON.stringify(taken.version));
      first = taken.next;
      const isFull = versions.length >= limit || octets >= MAX_PAGE_OCTETS;
      if (first !== undefined && isFull) return ok({ versions, next: nextToken(taken.last) });
    }
    return ok({ versions });
  },
});

const getVersion = defineRoute({
  method: 'GET',
  path: '/servers/{server}/history/{version}',
  summary: 'The policy as it was at a version, or at a time, and what is different now',
  parameters: z.strictObject({ server: serverSchema, version: wantedVersion }),
  answers: { 200: pastPolicyAnswer },
  problems: [404, 409, 410, 413],
  handle: async ({ parameters: { server, version } }, stores) => {
    const past = await pastPolicy(server, version, stores);
    const policy = past.items.has(SETTINGS_ITEM) ? documentOf(storedItems(server, past.items)) : null;
    return ok({ server, ...past.version, policy, differences: stepsOf(planBack(past)) });
  },
});

const rollBack = defineRoute({
  method: 'POST',
  path: '/servers/{server}/rollback',
  summary: 'Make the policy what it was at a version, or with dryRun say how; send the same again until it is done',
  parameters,
  query: z.strictObject({ seconds: applySeconds }),
  headers: PRECONDITION_HEADERS,
  body: rollbackBody.extend({ version: wantedVersion }),
  describedBody: rollbackBody,
  answers: { 200: z.union([appliedAnswer, rollbackPlanAnswer]), 202: appliedAnswer },
  problems: [404, 409, 410, 412, 413, 503],
  handle: async ({ parameters: { server }, query, body, headers, who }, stores) => {
    const untilMs = stores.nowMs() + query.seconds * 1000;
    const past = await pastPolicy(server, body.version, stores);
    const { existing } = past;
    const etag = existing.size === 0 ? undefined : tagOfAll(existing.values());
    checkPrecondition(headers, etag);
    const plan = planBack(past);
    checkPlan(server, past, plan);
    if (body.dryRun) {
      const { version } = past.version;
      const value = { version, dryRun: true, steps: stepsOf(plan), unchanged: plan.unchanged };
      return ok(value, etag === undefined ? {} : { etag });
    }
    const applied = await applyPlan(plan, { server, who, untilMs }, stores);
    return report(applied, plan.unchanged, itemsAfter(existing, applied));
  },
});

/** From what stands now to what stood then; items that have no place in a document stay as they are. */
function planBack({ items, existing }: PastPolicy): PolicyPlan {
  const placed = [...items].filter(([item]) => item === SETTINGS_ITEM || placeOf(item) !== undefined);
  return planPolicy(existing, new Map(placed.map(([item, attributes]) => [item, fromJsonObject(attributes)])));
}

/** @throws Problem where the server had no settings then, or what is to be written would not be in force */
function checkPlan(server: string, { items }: PastPolicy, plan: PolicyPlan): void {
  if (!items.has(SETTINGS_ITEM)) {
    throw new Problem('conflict', `${server} had no settings at that version: there is nothing to go back to`);
  }
  const errors = plan.phases.flat().flatMap(({ item, before, after }) => {
    const given = before === undefined ? undefined : givenAttributes(before.attributes);
    return after === undefined ? [] : itemErrors(item, after, { within: item, before: given });
  });
  if (errors.length > 0) throw invalid(errors);
}

function stepsOf(plan: PolicyPlan): readonly ItemChangeAnswer[] {
  return plan.phases.flat().map(({ item, before, after }) => {
    const given = before === undefined ? undefined : toJsonObject(givenAttributes(before.attributes));
    return itemChange(item, given, after === undefined ? undefined : toJsonObject(after));
  });
}

function storedItems(server: string, items: ReadonlyMap<string, PolicyAttributes>): readonly StoredItem[] {
  return [...items].map(([item, attributes]) => ({ server, item, attributes, raw: {} }));
}

export const HISTORY_ROUTES: readonly Route[] = [listVersions, getVersion, rollBack];
