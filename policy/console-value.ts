/**
 * Values as people type them in the DynamoDB console: a number as text, TRUE, blanks round a name.
 *
 * What is plain is understood; everything else is a problem that names the value and what is allowed. A number of more
 * digits than any range has, `1e3` and `yes` are not plain.
 */
import * as z from 'zod';
import type { ParseResult } from './result.ts';

const PLAIN_NUMBER = /^-?\d{1,15}$/;
/** Characters of a value that a problem quotes. */
const MAX_QUOTED = 80;

/** A value in a problem: text in quotes, cut when long; of what has parts its kind alone. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') {
    return value.length <= MAX_QUOTED ? `"${value}"` : `"${value.slice(0, MAX_QUOTED).toWellFormed()}…"`;
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Set) return 'a set';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'a binary value';
  return value === undefined ? 'nothing' : 'a map';
}

type Complaint = (value: unknown) => string;

/** What zod asks when a value is not what it should be. */
function complaining(complaint: Complaint): { error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? 'is missing' : complaint(input)) };
}

function typedNumber(value: unknown): unknown {
  return typeof value === 'string' && PLAIN_NUMBER.test(value.trim()) ? Number(value) : value;
}

/** A whole number between two, both allowed; `"500"` is 500. */
export function wholeNumber(lowest: number, highest: number) {
  const allowed = `${lowest} to ${highest} are allowed`;
  const outside = complaining((value) => `${quoted(value)} is out of range; ${allowed}`);
  const kind = complaining((value) =>
    Number.isFinite(value)
      ? `${quoted(value)} is not a whole number; ${allowed}`
      : `${quoted(value)} is not a number; ${allowed}`,
  );
  return z.preprocess(typedNumber, z.int(kind).check(z.gte(lowest, outside), z.lte(highest, outside)));
}

function typedBoolean(value: unknown): unknown {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === 'true') return true;
  return word === 'false' ? false : value;
}

/** True or false; as text in any case too. */
export function trueOrFalse() {
  const kind = complaining((value) => `${quoted(value)} is neither true nor false`);
  return z.preprocess(typedBoolean, z.boolean(kind));
}

/** One of some words, all in lower case; typed in any case. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  const kind = complaining((value) => `${quoted(value)} is not allowed; ${words.join(', ')} ${isOrAre(words)}`);
  const typed = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toLowerCase() : value);
  return z.preprocess(typed, z.enum(words, kind));
}

function isOrAre(words: readonly string[]): string {
  return words.length === 1 ? 'is' : 'are';
}

/** Text without the blanks round it. */
export function text() {
  return z.string(complaining((value) => `${quoted(value)} is not text`)).trim();
}

/** Text that must not be empty. */
export function someText() {
  return text().min(1, 'is empty');
}

/** Text that `parse` reads. */
export function textParsedBy<T>(parse: (text: string) => ParseResult<T>) {
  return text().transform((typed, context): T => {
    const result = parse(typed);
    if (result.ok) return result.value;
    context.addIssue(result.problem);
    return z.NEVER;
  });
}

/**
 * The attributes of an item, or of a map in one; any other attribute is a mistake, most often a misspelt name, and must
 * not be read as absent.
 */
export function attributes<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `${quoted(issue.input)} is not a map of attributes`;
      return issue.keys.map((name) => unknownAttribute(name, names)).join('; ');
    },
  });
}

/** Names that are listed in full where an attribute is unknown; more than these no one reads in one line. */
const MAX_LISTED = 8;

function unknownAttribute(name: string, names: readonly string[]): string {
  const meant = names.find((each) => each.toLowerCase() === name.trim().toLowerCase());
  if (meant !== undefined) return `${quoted(name)} must be written ${meant}`;
  const listed = names.length <= MAX_LISTED ? `; ${names.join(', ')} ${isOrAre(names)}` : '';
  return `${quoted(name)} is not an attribute here${listed}`;
}

/** What a schema found wrong, one clause an attribute. */
export function problemOfIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => {
      // The place in a set means nothing to people.
      const names = path.filter((part) => typeof part === 'string');
      return names.length === 0 ? message : `${names.join('.')}: ${message}`;
    })
    .join('; ');
}
