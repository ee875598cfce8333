/** `/servers` and `/servers/{server}`: the published servers and their settings. */
import * as z from 'zod';
import { type PolicyAttributes, SETTINGS_ITEM } from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { inParallel } from '../../in-parallel.ts';
import { fromJsonObject, mergePatch, toJsonObject } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import { givenSchema, keptText, patchOf, withNote } from '../contract/answers/item-answer.ts';
import { serverSchema } from '../contract/answers/names.ts';
import { type listedServer, serverAnswer, serversAnswer } from '../contract/answers/server-answer.ts';
import { etagOfStored, PRECONDITION_HEADERS } from '../http/etag.ts';
import type { RouteAnswer } from '../http/http.ts';
import { keyToken, nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalid } from '../http/problem.ts';
import { defineRoute, ok, type Route, type RouteRequest } from '../http/route.ts';
import { changeItem } from '../items/item-change.ts';
import { itemErrors } from '../items/item-errors.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import {
  noSuchServer,
  type PolicyInForce,
  policyInForce,
  problemIn,
  publishedPolicy,
  settingsText,
} from './policy-in-force.ts';

const parameters = z.strictObject({ server: serverSchema });
/** Servers that are read at the same time. */
const AT_ONCE = 8;
/** Octets; what a person typed into the console may be longer than the API takes for a name. */
const MAX_SERVER_OCTETS = 2048;

const listServers = defineRoute({
  method: 'GET',
  path: '/servers',
  summary: 'The published servers',
  query: z.strictObject(pageQuery),
  answers: { 200: serversAnswer },
  problems: [],
  handle: async ({ query: { limit, next } }, stores) => {
    const page = await stores.policy.servers(limit, readToken(keyToken(MAX_SERVER_OCTETS), next));
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
    return shown(server, await publishedPolicy(server, stores));
  },
});

function shown(server: string, inForce: PolicyInForce, status = 200): RouteAnswer {
  const { settingsItem, snapshot } = inForce;
  const etag = etagOfStored(settingsItem);
  const { changedBy, changedAt } = settingsItem?.attributes ?? {};
  const itemProblem = problemIn(inForce, SETTINGS_ITEM);
  const value = {
    server,
    policyVersion: snapshot.policy?.version ?? null,
    settings: snapshot.policy === undefined ? null : settingsText(snapshot.policy.settings),
    given: settingsItem === undefined ? {} : toJsonObject(givenAttributes(settingsItem.attributes)),
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
  readonly next: (given: PolicyAttributes | undefined) => PolicyAttributes | undefined;
}

async function changeSettings(
  { parameters: { server }, headers, who }: ServerRequest,
  stores: AdminStores,
  { isRepeatable, next }: SettingsChange,
): Promise<RouteAnswer> {
  const nextSettings = (stored: StoredItem | undefined): PolicyAttributes => {
    const before = stored === undefined ? undefined : givenAttributes(stored.attributes);
    const given = next(before);
    if (given === undefined) throw noSuchServer(server);
    const attributes = fromJsonObject(given);
    const errors = itemErrors(SETTINGS_ITEM, attributes, { before });
    if (errors.length > 0) throw invalid(errors);
    return attributes;
  };
  const request = { server, item: SETTINGS_ITEM, headers, who };
  const changed = await changeItem(request, { isRepeatable, next: nextSettings }, stores);
  const isNew = changed.kind === 'put' && changed.isNew;
  return shown(server, await policyInForce(server, stores), isNew ? 201 : 200);
}

export const SERVER_ROUTES: readonly Route[] = [listServers, getServer, putServer, patchServer];
