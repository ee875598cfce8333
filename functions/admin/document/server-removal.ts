/** `DELETE /servers/{server}`: all items of a server, its settings among them. Users and events stay. */
import * as z from 'zod';
import { serverSchema } from '../contract/answers/names.ts';
import { appliedAnswer, applySeconds } from '../contract/answers/policy-document.ts';
import { checkPrecondition, PRECONDITION_HEADERS } from '../http/etag.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { noSuchServer } from '../servers/policy-in-force.ts';
import { applyPlan } from './policy-apply.ts';
import { planRemoval } from './policy-plan.ts';
import { itemsAfter, report, tagOfAll } from './policy-routes.ts';

export const removeServer: Route = defineRoute({
  method: 'DELETE',
  path: '/servers/{server}',
  summary: 'Remove a server with all its items; send it again until it is done',
  parameters: z.strictObject({ server: serverSchema }),
  query: z.strictObject({ seconds: applySeconds }),
  headers: PRECONDITION_HEADERS,
  answers: { 200: appliedAnswer, 202: appliedAnswer },
  problems: [404, 409, 412, 503],
  handle: async ({ parameters: { server }, query, headers, who }, stores) => {
    const untilMs = stores.nowMs() + query.seconds * 1000;
    const items = await stores.policy.readAll(server, 'all');
    if (items.length === 0) throw noSuchServer(server);
    checkPrecondition(headers, tagOfAll(items));
    const existing = new Map(items.map((stored) => [stored.item, stored]));
    const applied = await applyPlan(planRemoval(existing), { server, who, untilMs }, stores);
    return report(applied, 0, itemsAfter(existing, applied));
  },
});
