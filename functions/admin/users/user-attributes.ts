/** What a user is to have, made of what there is and what somebody said. */
import { type PolicyAttributes, SETTINGS_ITEM } from '../../../policy/item.ts';
import { parseUser } from '../../../policy/user.ts';
import { inParallel } from '../../in-parallel.ts';
import { fromJsonObject, mergePatch } from '../../tables/item-json.ts';
import type { FieldError } from '../contract/problem-body.ts';
import type { PatchUser, PutUser } from '../contract/user-body.ts';
import { fieldError, invalid, invalidField } from '../http/problem.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { StoredUser } from '../stores/user-store.ts';

/** Published servers that a problem names. */
const NAMED_SERVERS = 50;
/** Servers that are looked up at the same time. */
const AT_ONCE = 8;

/** As the table holds them: sets for lists, and nothing where there is nothing. */
export function userAttributesOf(given: Omit<PutUser, 'password'>): PolicyAttributes {
  const entries = Object.entries(fromJsonObject(given)).filter(([, value]) => {
    if (Array.isArray(value)) return value.length > 0;
    return value !== undefined && !(isObject(value) && Object.keys(value).length === 0);
  });
  return Object.fromEntries(entries);
}

/** `limits` is patched inside, as RFC 7396 section 2 has it. */
export function patched(given: PolicyAttributes, { limits, ...patch }: PatchUser): PolicyAttributes {
  const old = isObject(given.limits) ? given.limits : {};
  const limitsPatch = isObject(limits) ? { limits: mergePatch(old, limits) } : limits === null ? { limits } : {};
  return userAttributesOf(mergePatch(given, { ...patch, ...limitsPatch }));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Set) && !Array.isArray(value);
}

/**
 * Holds attributes to what a user must have.
 *
 * @throws Problem when no one could log in by them, or they name a server that is none
 */
export async function checkAttributes(
  user: string,
  before: StoredUser | undefined,
  attributes: PolicyAttributes,
  stores: AdminStores,
): Promise<void> {
  const parsed = parseUser({ ...attributes, user });
  if (!parsed.ok) {
    const [, field = 'path', what = parsed.problem] = /^([A-Za-z]+)(?:\.[^:]*)?: (.*)$/s.exec(parsed.problem) ?? [];
    throw invalidField(field, undefined, what);
  }
  const errors = await unknownServers(namesOf(attributes.servers), namesOf(before?.attributes.servers), stores);
  if (errors.length > 0) throw invalid(errors);
}

/** A server whose name is misspelt would let no one in, and say nothing. Those that stood there already are let stand. */
async function unknownServers(
  names: readonly string[],
  before: readonly string[],
  { policy }: AdminStores,
): Promise<readonly FieldError[]> {
  const added = names.filter((name) => !before.includes(name));
  const items = await inParallel(added, AT_ONCE, (server) => policy.read(server, SETTINGS_ITEM));
  const unknown = added.filter((_, index) => items[index] === undefined);
  if (unknown.length === 0) return [];
  const { servers } = await policy.servers(NAMED_SERVERS);
  const published = servers.length === 0 ? 'there is none yet' : `${[...servers].sort().join(', ')} are`;
  return unknown.map((name) => fieldError('servers', name, `"${name}" is not a published server: ${published}`));
}

function namesOf(value: unknown): readonly string[] {
  const names: readonly unknown[] = value instanceof Set ? [...value] : Array.isArray(value) ? value : [];
  return names.filter((name) => typeof name === 'string');
}
