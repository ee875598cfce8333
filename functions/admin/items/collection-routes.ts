/** `/servers/{server}/domains`, `clients`, `senders` and `issuers`: lists, and one item each. */
import * as z from 'zod';
import type { Settings } from '../../../policy/settings.ts';
import { fromJsonObject, toJsonObject } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import { COLLECTIONS, ITEM_ANSWERS, LIST_ANSWERS } from '../contract/answers/collection-answer.ts';
import { givenSchema, keptText } from '../contract/answers/item-answer.ts';
import { nameSchema, serverSchema } from '../contract/answers/names.ts';
import { checkPrecondition, etagOf, etagOfStored, PRECONDITION_HEADERS } from '../http/etag.ts';
import type { RouteAnswer } from '../http/http.ts';
import { nextToken, pageQuery, readToken } from '../http/paging.ts';
import { invalid, invalidField, Problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route } from '../http/route.ts';
import { publishedSettings } from '../servers/policy-in-force.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { putItem, removeItems, removeUnlessGone } from './item-change.ts';
import { ITEM_COLLECTIONS, type ItemCollection, itemInForce } from './item-collection.ts';
import { itemErrors } from './item-errors.ts';
import { isKeyOfItem, itemsNamed } from './named-items.ts';

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
    given: toJsonObject(givenAttributes(stored.attributes)),
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
      const after = readToken(listedName, next);
      const from = after === undefined ? undefined : `${prefix}${after}`;
      const [inForce, page] = await Promise.all([
        publishedSettings(server, stores),
        stores.policy.list(server, prefix, limit, from),
      ]);
      const items = page.items.map((stored) => shown(collection, stored, inForce.snapshot.policy?.settings));
      const token = page.last === undefined ? {} : { next: nextToken(page.last.slice(prefix.length)) };
      return ok({ [name]: items, ...token });
    },
  });
}

/** A name that may stand in a list; the last of all characters ends each. */
const listedName = nameSchema.refine((text) => !text.startsWith('\u{10FFFF}'));

function noSuchItem(collection: ItemCollection, server: string, name: string): Problem {
  return new Problem('not-found', `${server} has no ${collection.singular} "${name}"`);
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
      const inForce = await publishedSettings(server, stores);
      const [item] = await itemsNamed(collection, server, name, stores.policy);
      if (item === undefined) throw noSuchItem(collection, server, name);
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
  return { status, value: shown(collection, item, settings), headers: { etag: etagOf(item.raw) } };
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
      if (!keys.ok) throw invalidField(collection.parameter, name, keys.problem);
      const inForce = await publishedSettings(server, stores);
      const named = await itemsNamed(collection, server, name, stores.policy);
      const [before, ...twins] = named.filter(({ item }) => isKeyOfItem(collection, item));
      const item = before?.item ?? keys.value[0];
      const attributes = fromJsonObject(body);
      const errors = itemErrors(item, attributes);
      if (errors.length > 0) throw invalid(errors);
      const changed = await putItem({ server, item, headers, who }, attributes, stores);
      // What means the same may say otherwise; until it is gone, a denial is in force before what is none.
      for (const twin of twins) await removeUnlessGone({ server, item: twin.item, headers: {}, who }, stores);
      return answered(collection, changed.stored, inForce.snapshot.policy?.settings, changed.isNew ? 201 : 200);
    },
  });
}

function deleteRoute(collection: ItemCollection): Route {
  return defineRoute({
    method: 'DELETE',
    path: pathOf(collection),
    summary: `Remove a ${collection.singular}, however it is spelt`,
    parameters: parametersOf(collection),
    headers: PRECONDITION_HEADERS,
    answers: { 204: null },
    problems: [404, 409, 412],
    handle: async ({ parameters, headers, who }, stores) => {
      const { server, name } = namesOf(collection, parameters);
      await publishedSettings(server, stores);
      const [first, ...others] = await itemsNamed(collection, server, name, stores.policy);
      checkPrecondition(headers, etagOfStored(first));
      if (first === undefined) throw noSuchItem(collection, server, name);
      await removeItems([first, ...others], { server, headers, who }, stores);
      return NO_CONTENT;
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
