/** What items of every kind have in common: what is kept about them, and how the kind that a key names reads one. */
import { quoted } from './console-value.ts';
import { type ParseResult, unparsed } from './result.ts';

/** Attributes of one item, keys included. */
export type PolicyAttributes = Readonly<Record<string, unknown>>;

/**
 * Attributes that `check-policy` and the admin API write into items and users. `deletedBy` and `deletedAt` say who is
 * about to delete the item, `unlockedBy` and `unlockedAt` who let the user's failed logins be forgotten; in settings
 * `continues` says which document is half applied, and `revision` changes with each change of another item of the snapshot.
 */
export const KEPT_ATTRIBUTES = [
  'problem',
  'lastGood',
  'changedBy',
  'changedAt',
  'deletedBy',
  'deletedAt',
  'unlockedBy',
  'unlockedAt',
  'continues',
  'revision',
] as const;

/** Attributes that any item may have beside its own: for people, and what is kept about it. */
export const BOOKKEEPING_ATTRIBUTES = ['note', ...KEPT_ATTRIBUTES] as const;

export interface ItemKind<Item> {
  /** What its key is, or begins with when it ends in `#`. */
  readonly prefix: string;
  readonly schema: { readonly shape: Readonly<Record<string, unknown>> };
  /** `name` is what stands after the prefix, without the blanks round it. */
  readonly parse: (name: string, own: PolicyAttributes, key: string) => ParseResult<Item>;
}

/** Reads items of some kinds; who needs few of them loads no other's schema. */
export interface ItemReader<Item> {
  /** Reads one item; a problem names the attribute, its value and what is allowed, not the item. */
  readonly parse: (item: PolicyAttributes) => ParseResult<Item>;
  /** The item as its attribute `lastGood` has it, from when it last parsed; `undefined` where there is none that parses. */
  readonly parseLastGood: (item: PolicyAttributes) => Item | undefined;
}

/** The attributes that are policy: neither a key nor bookkeeping. */
export function ownAttributes<Value>(item: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const others: readonly string[] = ['server', 'item', ...BOOKKEEPING_ATTRIBUTES];
  return Object.fromEntries(Object.entries(item).filter(([name]) => !others.includes(name)));
}

export function kindOf<Item>(kinds: readonly ItemKind<Item>[], key: string): ItemKind<Item> | undefined {
  return kinds.find(({ prefix }) => (prefix.endsWith('#') ? key.startsWith(prefix) : key === prefix));
}

/** The key that a person meant whose item lies outside the ranges of keys that are read: `Domain#…`, `settings `. */
function meantKey(kinds: readonly ItemKind<unknown>[], key: string): string | undefined {
  const [head = '', ...tail] = key.split('#');
  const prefix = `${head.trim().toLowerCase()}${tail.length === 0 ? '' : '#'}`;
  return kinds.some((kind) => kind.prefix === prefix) ? `${prefix}${tail.join('#').trim()}` : undefined;
}

export function itemReader<Item>(kinds: readonly ItemKind<Item>[]): ItemReader<Item> {
  const parse = (item: PolicyAttributes): ParseResult<Item> => {
    const { item: key } = item;
    if (typeof key !== 'string') return unparsed('item: must be a string');
    const kind = kindOf(kinds, key);
    if (kind !== undefined) return kind.parse(key.slice(kind.prefix.length).trim(), ownAttributes(item), key);
    const meant = meantKey(kinds, key);
    if (meant !== undefined) return unparsed(`${quoted(key)} must be written ${meant}`);
    return unparsed(
      `${quoted(key)} is not an item: settings, command#VERB, domain#NAME, client#NETWORK, sender#ADDRESS, issuer#NAME and screen#NNN-NAME are`,
    );
  };
  const parseLastGood = ({ item, lastGood }: PolicyAttributes): Item | undefined => {
    if (!isMap(lastGood)) return undefined;
    const result = parse({ ...lastGood, item });
    return result.ok ? result.value : undefined;
  };
  return { parse, parseLastGood };
}

/** A list or a set spread into attributes would be an item without any. */
function isMap(value: unknown): value is PolicyAttributes {
  return Object.prototype.toString.call(value) === '[object Object]';
}
