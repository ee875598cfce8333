/** `/servers/{server}/commands`: each verb's rule in force, and whence it is: the profile, or an item. */
import * as z from 'zod';
import { COMMAND_TABLES, type CommandRule } from '../../../policy/command-profile.ts';
import { COMMAND_PREFIX, commandSchema } from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { VERBS, type Verb, verbNamed } from '../../../policy/verb.ts';
import { fromJsonObject, toJsonObject } from '../../tables/item-json.ts';
import {
  type CommandAnswer,
  commandAnswer,
  commandsAnswer,
  type otherCommandAnswer,
} from '../contract/command-answer.ts';
import { givenSchema, keptText, withNote } from '../contract/item-answer.ts';
import { nameSchema, serverSchema } from '../contract/names.ts';
import { PRECONDITION_HEADERS } from '../http/etag.ts';
import { invalid, problem } from '../http/problem.ts';
import { defineRoute, NO_CONTENT, ok, type Route, type RouteAnswer } from '../http/route.ts';
import { changeItem, givenOf, type NextItem } from '../item-change.ts';
import { itemErrors } from '../items/item-errors.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { etagOfItem } from '../stores/dynamo-policy-store.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { eventDays, inForceOf, noSuchServer, type PolicyInForce, policyInForce, problemIn } from './policy-in-force.ts';

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
    ...(stored === undefined ? {} : { given: toJsonObject(givenOf(stored)) }),
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
      given: toJsonObject(givenOf(stored)),
      ...keptText({ ...stored.attributes, problem: problemIn(inForce, stored.item) }),
    }));
}

function answered(verb: Verb, inForce: PolicyInForce, status = 200): RouteAnswer {
  const etag = etagOfItem(itemsOf(verb, inForce)[0]);
  return { status, value: shown(verb, inForce), ...(etag === undefined ? {} : { headers: { etag } }) };
}

function noSuchVerb(name: string): RouteAnswer {
  return problem('not-found', `"${name}" is not a verb that Postern knows: ${VERBS.join(', ')}`);
}

const listCommands = defineRoute({
  method: 'GET',
  path: '/servers/{server}/commands',
  summary: 'Every verb with its rule in force, and whence it is',
  parameters: z.strictObject({ server: serverSchema }),
  answers: { 200: commandsAnswer },
  problems: [404],
  handle: async ({ parameters: { server } }, stores) => {
    const inForce = await policyInForce(server, stores);
    if (inForce.settingsItem === undefined) return noSuchServer(server);
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
    if (verb === undefined) return noSuchVerb(name);
    const inForce = await policyInForce(server, stores);
    return inForce.settingsItem === undefined ? noSuchServer(server) : answered(verb, inForce);
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
    if (verb === undefined) return noSuchVerb(name);
    const item = `${COMMAND_PREFIX}${verb}`;
    const attributes = fromJsonObject(body);
    const errors = itemErrors(item, attributes);
    if (errors.length > 0) return invalid(errors);
    const before = await policyInForce(server, stores);
    if (before.settingsItem === undefined) return noSuchServer(server);
    const keepDays = eventDays(before);
    const next = (): NextItem => ({ kind: 'put', attributes });
    const changed = await changeItem({ server, item, headers, who, keepDays, isRepeatable: false, next }, stores);
    if (changed.kind === 'refused') return changed.answer;
    if (changed.kind === 'deleted') return noSuchVerb(name);
    const rest = before.items.filter((stored) => stored.item !== item);
    return answered(verb, inForceOf([...rest, changed.item]), changed.isNew ? 201 : 200);
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
    const inForce = await policyInForce(server, stores);
    if (inForce.settingsItem === undefined) return noSuchServer(server);
    const verb = verbNamed(name.toUpperCase());
    // A key that is no verb's can be removed by its very letters.
    const named = inForce.items.filter(({ item }) => item === `${COMMAND_PREFIX}${name}`);
    const wanted = verb === undefined ? named : itemsOf(verb, inForce);
    const [first, ...more] = wanted;
    if (first === undefined) return problem('not-found', `${server} has no command "${name}" but the profile’s`);
    const keepDays = eventDays(inForce);
    const removal = { server, who, keepDays };
    const answer = await remove({ ...removal, item: first.item, headers }, stores);
    // Others that mean the same verb would come in force now.
    for (const { item } of more) if (answer === NO_CONTENT) await remove({ ...removal, item, headers: {} }, stores);
    return answer;
  },
});

interface Removal {
  readonly server: string;
  readonly item: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly who: string;
  readonly keepDays: number;
}

async function remove(removal: Removal, stores: AdminStores): Promise<RouteAnswer> {
  const gone: NextItem = { kind: 'refuse', answer: problem('not-found', `${removal.item} is gone`) };
  const next = (before: StoredItem | undefined): NextItem => (before === undefined ? gone : { kind: 'delete' });
  const changed = await changeItem({ ...removal, isRepeatable: true, next }, stores);
  return changed.kind === 'refused' ? changed.answer : NO_CONTENT;
}

export const COMMAND_ROUTES: readonly Route[] = [listCommands, getCommand, putCommand, deleteCommand];
