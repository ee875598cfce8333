/** `/servers/{server}/commands`: each verb's rule in force, and where it comes from: the profile, or an item. */
import * as z from 'zod';
import { COMMAND_TABLES, type CommandRule } from '../../../policy/command-profile.ts';
import { COMMAND_PREFIX, commandSchema } from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { VERBS, type Verb, verbNamed } from '../../../policy/verb.ts';
import { fromJsonObject, toJsonObject } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import {
  type CommandAnswer,
  commandAnswer,
  commandsAnswer,
  type otherCommandAnswer,
} from '../contract/answers/command-answer.ts';
import { givenSchema, keptText, withNote } from '../contract/answers/item-answer.ts';
import { nameSchema, serverSchema } from '../contract/answers/names.ts';
import { checkPrecondition, etagOfStored, PRECONDITION_HEADERS } from '../http/etag.ts';
import type { RouteAnswer } from '../http/http.ts';
import { invalid, Problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route } from '../http/route.ts';
import { putItem, removeItems } from '../items/item-change.ts';
import { itemErrors } from '../items/item-errors.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { inForceOf, type PolicyInForce, problemIn, publishedPolicy } from './policy-in-force.ts';

const parameters = z.strictObject({ server: serverSchema, verb: nameSchema });

const DEFAULT_PROFILE = settingsSchema.shape.commandProfile.parse(undefined);

/** Items that mean a verb, the one in force first: the canonical key, then the others in order. */
function itemsOf(verb: Verb, { items }: PolicyInForce): readonly StoredItem[] {
  const canonical = `${COMMAND_PREFIX}${verb}`;
  const own = items.filter((stored) => verbOfKey(stored.item) === verb);
  return [...own.filter(({ item }) => item === canonical), ...own.filter(({ item }) => item !== canonical)];
}

function verbOfKey(key: string): Verb | undefined {
  return key.startsWith(COMMAND_PREFIX) ? verbNamed(key.slice(COMMAND_PREFIX.length).trim().toUpperCase()) : undefined;
}

function shown(verb: Verb, inForce: PolicyInForce): CommandAnswer {
  const { policy, inForce: values } = inForce.snapshot;
  const profile = policy?.settings.commandProfile ?? DEFAULT_PROFILE;
  const row: CommandRule = COMMAND_TABLES[profile][verb];
  const [stored] = itemsOf(verb, inForce);
  const value = stored === undefined ? undefined : values.get(stored.item);
  const rule = value?.kind === 'command' ? value : undefined;
  return {
    verb,
    allowed: rule?.allowed ?? row.allowed,
    maxOctets: rule?.maxOctets ?? row.maxOctets,
    from: rule === undefined ? 'profile' : 'item',
    profile: { name: profile, ...row },
    ...(stored === undefined ? {} : { given: toJsonObject(givenAttributes(stored.attributes)) }),
    ...(stored === undefined ? {} : keptText({ ...stored.attributes, problem: problemIn(inForce, stored.item) })),
  };
}

/** Items under `command#` that are no verb's rule in force: misspelt, or overruled by another. */
function others(inForce: PolicyInForce): z.output<typeof otherCommandAnswer>[] {
  const shownItems = new Set(VERBS.map((verb) => itemsOf(verb, inForce)[0]));
  return inForce.items
    .filter((stored) => stored.item.startsWith(COMMAND_PREFIX) && !shownItems.has(stored))
    .map((stored) => ({
      item: stored.item,
      given: toJsonObject(givenAttributes(stored.attributes)),
      ...keptText({ ...stored.attributes, problem: problemIn(inForce, stored.item) }),
    }));
}

function answered(verb: Verb, inForce: PolicyInForce, status = 200): RouteAnswer {
  const etag = etagOfStored(itemsOf(verb, inForce)[0]);
  return { status, value: shown(verb, inForce), ...(etag === undefined ? {} : { headers: { etag } }) };
}

function noSuchVerb(name: string): Problem {
  return new Problem('not-found', `"${name}" is not a verb that Postern knows: ${VERBS.join(', ')}`);
}

const listCommands = defineRoute({
  method: 'GET',
  path: '/servers/{server}/commands',
  summary: 'Every verb with its rule in force, and where it comes from',
  parameters: z.strictObject({ server: serverSchema }),
  answers: { 200: commandsAnswer },
  problems: [404],
  handle: async ({ parameters: { server } }, stores) => {
    const inForce = await publishedPolicy(server, stores);
    return ok({ commands: VERBS.map((verb) => shown(verb, inForce)), others: others(inForce) });
  },
});

const getCommand = defineRoute({
  method: 'GET',
  path: '/servers/{server}/commands/{verb}',
  summary: 'The rule of one verb, in any case',
  parameters,
  answers: { 200: commandAnswer },
  problems: [404],
  handle: async ({ parameters: { server, verb: name } }, stores) => {
    const verb = verbNamed(name.toUpperCase());
    if (verb === undefined) throw noSuchVerb(name);
    return answered(verb, await publishedPolicy(server, stores));
  },
});

const putCommand = defineRoute({
  method: 'PUT',
  path: '/servers/{server}/commands/{verb}',
  summary: 'Give a verb a rule of its own; what is left out is the profile’s',
  parameters,
  headers: PRECONDITION_HEADERS,
  body: givenSchema,
  describedBody: withNote(commandSchema),
  answers: { 200: commandAnswer, 201: commandAnswer },
  problems: [404, 409, 412],
  handle: async ({ parameters: { server, verb: name }, body, headers, who }, stores) => {
    const verb = verbNamed(name.toUpperCase());
    if (verb === undefined) throw noSuchVerb(name);
    const item = `${COMMAND_PREFIX}${verb}`;
    const attributes = fromJsonObject(body);
    const errors = itemErrors(item, attributes);
    if (errors.length > 0) throw invalid(errors);
    const before = await publishedPolicy(server, stores);
    const changed = await putItem({ server, item, headers, who }, attributes, stores);
    const rest = before.items.filter((stored) => stored.item !== item);
    return answered(verb, inForceOf([...rest, changed.stored]), changed.isNew ? 201 : 200);
  },
});

const deleteCommand = defineRoute({
  method: 'DELETE',
  path: '/servers/{server}/commands/{verb}',
  summary: 'Go back to the profile’s rule',
  parameters,
  headers: PRECONDITION_HEADERS,
  answers: { 204: null },
  problems: [404, 409, 412],
  handle: async ({ parameters: { server, verb: name }, headers, who }, stores) => {
    const inForce = await publishedPolicy(server, stores);
    const verb = verbNamed(name.toUpperCase());
    // A key that is no verb's can be removed by its very letters.
    const named = inForce.items.filter(({ item }) => item === `${COMMAND_PREFIX}${name}`);
    const [first, ...others] = verb === undefined ? named : itemsOf(verb, inForce);
    checkPrecondition(headers, etagOfStored(first));
    if (first === undefined) throw new Problem('not-found', `${server} has no command "${name}" but the profile’s`);
    await removeItems([first, ...others], { server, headers, who }, stores);
    return NO_CONTENT;
  },
});

export const COMMAND_ROUTES: readonly Route[] = [listCommands, getCommand, putCommand, deleteCommand];
