/** `/servers` and `/servers/{server}`: the published servers and their settings. */
import * as z from 'zod';
import { SETTINGS_ITEM } from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { fromJsonObject, mergePatch, toJsonObject } from '../../tables/item-json.ts';
import { givenSchema, keptText, patchOf, withNote } from '../contract/item-answer.ts';
import { serverSchema } from '../contract/names.ts';
import { type listedServer, serverAnswer, serversAnswer } from '../contract/server-answer.ts';
import { PRECONDITION_HEADERS } from '../http/etag.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalid, invalidField } from '../http/problem.ts';
import { defineRoute, ok, type Route, type RouteAnswer, type RouteRequest } from '../http/route.ts';
import { inParallel } from '../in-parallel.ts';
import { changeItem, givenOf, type NextItem } from '../item-change.ts';
import { itemErrors } from '../items/item-errors.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { etagOfItem } from '../stores/dynamo-policy-store.ts';
import {
  eventDays,
  noSuchServer,
  type PolicyInForce,
  policyInForce,
  problemIn,
  settingsInForce,
  settingsText,
} from './policy-in-force.ts';

const parameters = z.strictObject({ server: serverSchema });
/** Servers that are read at the same time. */
const AT_ONCE = 8;

const listServers = defineRoute({
  method: 'GET',
  path: '/servers',
  summary: 'The published servers',
  query: z.strictObject(pageQuery),
  answers: { 200: serversAnswer },
  problems: [],
  handle: async ({ query: { limit, next } }, stores) => {
    const after = next === undefined ? undefined : readToken(z.string().min(1).max(512), next);
    if (after?.ok === false) return invalidField('next', next, after.problem);
    const page = await stores.policy.servers(limit, after?.value);
    const servers = await inParallel(page.servers, AT_ONCE, async (server) =>
      listed(server, await policyInForce(server, stores)),
    );
    return ok({ servers, ...(page.last === undefined ? {} : { next: nextToken(page.last) }) });
  },
});

function listed(server: string, { snapshot }: PolicyInForce): z.output<typeof listedServer> {
  const { policy, problems } = snapshot;
  return {
    server,
    hostname: policy?.settings.hostname ?? null,
    enabled: policy?.settings.enabled ?? null,
    policyVersion: policy?.version ?? null,
    problems: problems.length,
  };
}

const getServer = defineRoute({
  method: 'GET',
  path: '/servers/{server}',
  summary: 'Settings of a server, in force and as given',
  parameters,
  answers: { 200: serverAnswer },
  problems: [404],
  handle: async ({ parameters: { server } }, stores) => {
    const inForce = await policyInForce(server, stores);
    return inForce.settingsItem === undefined ? noSuchServer(server) : shown(server, inForce);
  },
});

function shown(server: string, inForce: PolicyInForce, status = 200): RouteAnswer {
  const { settingsItem, snapshot } = inForce;
  const etag = etagOfItem(settingsItem);
  const { changedBy, changedAt } = settingsItem?.attributes ?? {};
  const itemProblem = problemIn(inForce, SETTINGS_ITEM);
  const value = {
    server,
    policyVersion: snapshot.policy?.version ?? null,
    settings: snapshot.policy === undefined ? null : settingsText(snapshot.policy.settings),
    given: settingsItem === undefined ? {} : toJsonObject(givenOf(settingsItem)),
    ...keptText({ problem: itemProblem, changedBy, changedAt }),
  };
  return { status, value, ...(etag === undefined ? {} : { headers: { etag } }) };
}

type ServerRequest = RouteRequest<z.output<typeof parameters>, unknown, z.output<typeof givenSchema>>;

const putServer = defineRoute({
  method: 'PUT',
  path: '/servers/{server}',
  summary: 'Make a server, or replace its settings',
  parameters,
  headers: PRECONDITION_HEADERS,
  body: givenSchema,
  describedBody: withNote(settingsSchema),
  answers: { 200: serverAnswer, 201: serverAnswer },
  problems: [409, 412],
  handle: (request, stores) => changeSettings(request, stores, { isRepeatable: false, next: () => request.body }),
});

const patchServer = defineRoute({
  method: 'PATCH',
  path: '/servers/{server}',
  summary: 'Change single settings (merge patch, RFC 7396); null gives one its default back',
  parameters,
  headers: PRECONDITION_HEADERS,
  body: givenSchema,
  describedBody: patchOf(withNote(settingsSchema)),
  answers: { 200: serverAnswer },
  problems: [404, 409, 412],
  handle: async (request, stores) => {
    return changeSettings(request, stores, {
      isRepeatable: true,
      next: (given) => (given === undefined ? undefined : mergePatch(given, request.body)),
    });
  },
});

interface SettingsChange {
  readonly isRepeatable: boolean;
  /** What is to be given, by what is given; `undefined` where there is nothing to change. */
  readonly next: (
    given: Readonly<Record<string, unknown>> | undefined,
  ) => Readonly<Record<string, unknown>> | undefined;
}

async function changeSettings(
  { parameters: { server }, headers, who }: ServerRequest,
  stores: AdminStores,
  { isRepeatable, next }: SettingsChange,
): Promise<RouteAnswer> {
  const before = await settingsInForce(server, stores);
  const changed = await changeItem(
    {
      server,
      item: SETTINGS_ITEM,
      headers,
      who,
      keepDays: eventDays(before),
      isRepeatable,
      next: (item): NextItem => {
        const given = next(item === undefined ? undefined : givenOf(item));
        if (given === undefined) return { kind: 'refuse', answer: noSuchServer(server) };
        const attributes = fromJsonObject(given);
        const errors = itemErrors(SETTINGS_ITEM, attributes);
        return errors.length > 0 ? { kind: 'refuse', answer: invalid(errors) } : { kind: 'put', attributes };
      },
    },
    stores,
  );
  if (changed.kind === 'refused') return changed.answer;
  const isNew = changed.kind === 'put' && changed.isNew;
  return shown(server, await policyInForce(server, stores), isNew ? 201 : 200);
}

export const SERVER_ROUTES: readonly Route[] = [listServers, getServer, putServer, patchServer];
