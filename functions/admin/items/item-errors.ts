/** What is wrong with the attributes that somebody wants to give an item, field by field. */
import type * as z from 'zod';
import { issuerSchema } from '../../../policy/issuer.ts';
import {
  CLIENT_PREFIX,
  COMMAND_PREFIX,
  clientSchema,
  commandSchema,
  DOMAIN_PREFIX,
  domainSchema,
  ISSUER_PREFIX,
  KEPT_ATTRIBUTES,
  ownAttributes,
  type PolicyAttributes,
  parsePolicyItem,
  SENDER_PREFIX,
  senderSchema,
} from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { isSame } from '../../tables/item-json.ts';
import { MAX_NOTE } from '../contract/answers/item-answer.ts';
import type { FieldError } from '../contract/problem-body.ts';
import { errorsOf, fieldError } from '../http/problem.ts';

const SCHEMAS: readonly (readonly [prefix: string, schema: z.ZodType])[] = [
  [COMMAND_PREFIX, commandSchema],
  [DOMAIN_PREFIX, domainSchema],
  [CLIENT_PREFIX, clientSchema],
  [SENDER_PREFIX, senderSchema],
  [ISSUER_PREFIX, issuerSchema],
];

/** Octets of an item's JSON; DynamoDB takes 400 KB, and an event holds an item twice. */
const MAX_ITEM_OCTETS = 100_000;

interface ErrorPlace {
  /** Where the attributes stand in the body; empty when they are the body. */
  readonly within?: string;
  /** What the item says now: a note that the console made what the API takes from no one may stay as it is. */
  readonly before?: PolicyAttributes | undefined;
}

/** All errors at once; empty when the item would be in force. */
export function itemErrors(
  item: string,
  given: PolicyAttributes,
  { within = '', before }: ErrorPlace = {},
): readonly FieldError[] {
  const named = (name: string): string => (within === '' ? name : `${within}.${name}`);
  const errors = KEPT_ATTRIBUTES.filter((name) => Object.hasOwn(given, name)).map((name) =>
    fieldError(named(name), given[name], 'is kept by Postern, and cannot be given'),
  );
  const { note } = given;
  const isNew = note !== undefined && !isSame({ note }, { note: before?.note });
  if (isNew && (typeof note !== 'string' || note.length > MAX_NOTE)) {
    errors.push(fieldError(named('note'), note, `must be text of up to ${MAX_NOTE} characters`));
  }
  if (jsonOctets(given) > MAX_ITEM_OCTETS) {
    errors.push({ field: within === '' ? 'body' : within, problem: `is larger than ${MAX_ITEM_OCTETS} octets` });
    return errors;
  }
  const result = parsePolicyItem({ ...given, item });
  if (!result.ok) errors.push(...policyErrors(item, given, result.problem, within));
  return errors;
}

function policyErrors(item: string, given: PolicyAttributes, problem: string, within: string): FieldError[] {
  const schema = SCHEMAS.find(([prefix]) => item.startsWith(prefix))?.[1] ?? settingsSchema;
  const own = ownAttributes(given);
  const result = schema.safeParse(own);
  if (!result.success) return errorsOf(result.error, own, within);
  // What no schema of one attribute can say, such as a verb that nothing can switch on.
  const [, name, clause = problem] = /^([A-Za-z]+): (.*)$/s.exec(problem) ?? [];
  const field = [within, name ?? ''].filter((part) => part !== '').join('.');
  return [fieldError(field === '' ? 'path' : field, name === undefined ? undefined : own[name], clause)];
}

/** Endless where it cannot be written at all: nested too deeply. */
function jsonOctets(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value, (_, inner: unknown) => (inner instanceof Set ? [...inner] : inner)));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
