/** `/servers/{server}/domains`, `clients`, `senders` and `issuers`: lists, and one item each. */
import * as z from 'zod';
import type { Settings } from '../../../policy/settings.ts';
import { fromJsonObject, toJsonObject } from '../../tables/item-json.ts';
import { COLLECTIONS, ITEM_ANSWERS, LIST_ANSWERS } from '../contract/collection-answer.ts';
import { givenSchema, keptText } from '../contract/item-answer.ts';
import { nameSchema, serverSchema } from '../contract/names.ts';
import { PRECONDITION_HEADERS } from '../http/etag.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalid, invalidField, problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route, type RouteAnswer } from '../http/route.ts';
import { changeItem, givenOf, type NextItem } from '../item-change.ts';
import { eventDays, noSuchServer, settingsInForce } from '../servers/policy-in-force.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { etagOfItem } from '../stores/dynamo-policy-store.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { ITEM_COLLECTIONS, type ItemCollection, itemInForce } from './item-collection.ts';
import { itemErrors } from './item-errors.ts';

/** The four routes of a collection. */
function collectionRoutes(collection: ItemCollection): readonly Route[] {
  return [listRoute(collection), getRoute(collection), putRoute(collection), deleteRoute(collection)];
}

function pathOf({ name, parameter, isGreedy }: ItemCollection): string {
  return `/servers/{server}/${name}/{${parameter}${isGreedy ? '+' : ''}}`;
}

function parametersOf({ parameter }: ItemCollection) {
  return z.strictObject({ server: serverSchema, [parameter]: nameSchema });
}

/** The item as answers show it: what it says, what is in force, what is wrong. */
function shown(collection: ItemCollection, stored: StoredItem, settings: Settings | undefined): object {
  const { value, problem: itemProblem } = itemInForce(stored);
  return {
    [collection.parameter]: stored.item.slice(collection.prefix.length),
    ...(value === undefined ? {} : collection.effective(value, settings)),
    given: toJsonObject(givenOf(stored)),
    ...keptText({ ...stored.attributes, problem: itemProblem }),
  };
}

function listRoute(collection: ItemCollection): Route {
  const { name, prefix } = collection;
  return defineRoute({
    method: 'GET',
    path: `/servers/{server}/${name}`,
    summary: `The ${collection.singular}s of a server, in the order of their names`,
    parameters: z.strictObject({ server: serverSchema }),
    query: z.strictObject(pageQuery),
    answers: { 200: LIST_ANSWERS[name] },
    problems: [404],
    handle: async ({ parameters: { server }, query: { limit, next } }, stores) => {
      const after = next === undefined ? undefined : readToken(nameSchema, next);
      if (after?.ok === false) return invalidField('next', next, after.problem);
      const from = after === undefined ? undefined : `${prefix}${after.value}`;
      const [inForce, page] = await Promise.all([
        settingsInForce(server, stores),
        stores.policy.list(server, prefix, limit, from),
      ]);
      if (inForce === undefined) return noSuchServer(server);
      const items = page.items.map((stored) => shown(collection, stored, inForce.snapshot.policy?.settings));
      const token = page.last === undefined ? {} : { next: nextToken(page.last.slice(prefix.length)) };
      return ok({ [name]: items, ...token });
    },
  });
}

/** The item of a name as it is typed, or as it is canonically written; a broken key is found by its very letters. */
async function find(
  collection: ItemCollection,
  server: string,
  name: string,
  { policy }: AdminStores,
): Promise<StoredItem | undefined> {
  const keys = collection.keys(name);
  const candidates = new Set([`${collection.prefix}${name}`, ...(keys.ok ? keys.value : [])]);
  for (const key of candidates) {
    const item = await policy.read(server, key);
    if (item !== undefined) return item;
  }
  return undefined;
}

function noSuchItem(collection: ItemCollection, server: string, name: string): RouteAnswer {
  return problem('not-found', `${server} has no ${collection.singular} "${name}"`);
}

function getRoute(collection: ItemCollection): Route {
  return defineRoute({
    method: 'GET',
    path: pathOf(collection),
    summary: `One ${collection.singular}`,
    parameters: parametersOf(collection),
    answers: { 200: ITEM_ANSWERS[collection.name] },
    problems: [404],
    handle: async ({ parameters }, stores) => {
      const { server, name } = namesOf(collection, parameters);
      const inForce = await settingsInForce(server, stores);
      if (inForce === undefined) return noSuchServer(server);
      const item = await find(collection, server, name, stores);
      if (item === undefined) return noSuchItem(collection, server, name);
      return answered(collection, item, inForce.snapshot.policy?.settings);
    },
  });
}

function answered(
  collection: ItemCollection,
  item: StoredItem,
  settings: Settings | undefined,
  status = 200,
): RouteAnswer {
  return { status, value: shown(collection, item, settings), headers: { etag: etagOfItem(item) ?? '' } };
}

function putRoute(collection: ItemCollection): Route {
  return defineRoute({
    method: 'PUT',
    path: pathOf(collection),
    summary: `Make a ${collection.singular}, or replace it`,
    parameters: parametersOf(collection),
    headers: PRECONDITION_HEADERS,
    body: givenSchema,
    describedBody: collection.schema,
    answers: { 200: ITEM_ANSWERS[collection.name], 201: ITEM_ANSWERS[collection.name] },
    problems: [404, 409, 412],
    handle: async ({ parameters, body, headers, who }, stores) => {
      const { server, name } = namesOf(collection, parameters);
      const keys = collection.keys(name);
      if (!keys.ok) return invalidField(collection.parameter, name, keys.problem);
      const inForce = await settingsInForce(server, stores);
      if (inForce === undefined) return noSuchServer(server);
      const item = await keyToWrite(server, keys.value, stores);
      const attributes = fromJsonObject(body);
      const errors = itemErrors(item, attributes);
      if (errors.length > 0) return invalid(errors);
      const next = (): NextItem => ({ kind: 'put', attributes });
      const change = { server, item, headers, who, keepDays: eventDays(inForce), isRepeatable: false, next };
      const changed = await changeItem(change, stores);
      if (changed.kind === 'refused') return changed.answer;
      if (changed.kind === 'deleted') return noSuchItem(collection, server, name);
      return answered(collection, changed.item, inForce.snapshot.policy?.settings, changed.isNew ? 201 : 200);
    },
  });
}

/** The key under which the item stands already, however somebody wrote it; else the first. */
async function keyToWrite(
  server: string,
  keys: readonly [string, ...string[]],
  { policy }: AdminStores,
): Promise<string> {
  if (keys.length === 1) return keys[0];
  for (const key of keys) if ((await policy.read(server, key)) !== undefined) return key;
  return keys[0];
}

function deleteRoute(collection: ItemCollection): Route {
  return defineRoute({
    method: 'DELETE',
    path: pathOf(collection),
    summary: `Remove a ${collection.singular}`,
    parameters: parametersOf(collection),
    headers: PRECONDITION_HEADERS,
    answers: { 204: null },
    problems: [404, 409, 412],
    handle: async ({ parameters, headers, who }, stores) => {
      const { server, name } = namesOf(collection, parameters);
      const inForce = await settingsInForce(server, stores);
      if (inForce === undefined) return noSuchServer(server);
      const found = await find(collection, server, name, stores);
      if (found === undefined) return noSuchItem(collection, server, name);
      const gone: NextItem = { kind: 'refuse', answer: noSuchItem(collection, server, name) };
      const changed = await changeItem(
        {
          server,
          item: found.item,
          headers,
          who,
          keepDays: eventDays(inForce),
          isRepeatable: true,
          next: (before) => (before === undefined ? gone : { kind: 'delete' }),
        },
        stores,
      );
      return changed.kind === 'refused' ? changed.answer : NO_CONTENT;
    },
  });
}

function namesOf(
  { parameter }: ItemCollection,
  parameters: Readonly<Record<string, string>>,
): { readonly server: string; readonly name: string } {
  return { server: parameters.server ?? '', name: parameters[parameter] ?? '' };
}

export const COLLECTION_ROUTES: readonly Route[] = COLLECTIONS.flatMap((name) =>
  collectionRoutes(ITEM_COLLECTIONS[name]),
);
