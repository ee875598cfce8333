/** What the API says when it does not do what it was asked: `application/problem+json` (RFC 9457). */
import type * as z from 'zod';
import type { FieldError } from '../contract/problem-body.ts';

/** Each kind's status and title; `type` is `urn:postern:problem:KIND`. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request is malformed' },
  invalid: { status: 400, title: 'A value is not allowed' },
  'not-allowed': { status: 403, title: 'The caller is not known' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'Somebody else changed it meanwhile' },
  gone: { status: 410, title: 'Its time is over' },
  'precondition-failed': { status: 412, title: 'The precondition does not hold' },
  'too-large': { status: 413, title: 'Too large' },
  'not-satisfiable': { status: 416, title: 'The range is not there' },
  'not-json': { status: 415, title: 'The body must be JSON' },
  failed: { status: 500, title: 'The request failed' },
  unavailable: { status: 503, title: 'The tables do not answer' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;
export type ProblemKind = keyof typeof PROBLEMS;

interface ProblemParts {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Members beside those of RFC 9457, such as what was applied before it stopped. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Thrown by whatever cannot do what was asked; dispatch makes the answer of it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** The body of the answer. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, { errors = [], headers = {}, more = {} }: ProblemParts = {}) {
    super(detail);
    const { status, title } = PROBLEMS[kind];
    this.status = status;
    this.headers = headers;
    const value = { type: `urn:postern:problem:${kind}`, title, status, detail };
    this.value = { ...value, ...(errors.length === 0 ? {} : { errors }), ...more };
  }
}

/** One field that is wrong, said in both forms. */
export function invalidField(field: string, value: unknown, what: string): Problem {
  return new Problem('invalid', `${field}: ${what}`, { errors: [fieldError(field, value, what)] });
}

/** All that is wrong, one clause a field. */
export function invalid(errors: readonly FieldError[]): Problem {
  const shown = errors.slice(0, SHOWN_ERRORS).map((error) => `${error.field}: ${error.problem}`);
  const more = errors.length > SHOWN_ERRORS ? [`and ${errors.length - SHOWN_ERRORS} more`] : [];
  return new Problem('invalid', [...shown, ...more].join('; '), { errors: errors.slice(0, MOST_ERRORS) });
}

/** Errors in the sentence `detail`, and in the list. */
const SHOWN_ERRORS = 10;
const MOST_ERRORS = 1000;

/** Names under which a secret may be given. */
const SECRET = /password|verifier|token|secret|authorization/i;
/** Characters of a value that is shown. */
const SHOWN_VALUE = 200;

export function fieldError(field: string, value: unknown, what: string): FieldError {
  return isShown(field, value) ? { field, value, problem: what } : { field, problem: what };
}

function isShown(field: string, value: unknown): value is string | number | boolean | null {
  if (SECRET.test(field)) return false;
  if (typeof value === 'string') return value.length <= SHOWN_VALUE;
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}

/** What a schema found wrong with `value`, a field an error; a key that is not known is a field of its own. */
export function errorsOf(error: z.ZodError, value: unknown, within = ''): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      const what = issue.keys.length === 1 ? issue.message : UNKNOWN;
      return issue.keys.map((key) => fieldError(fieldName(within, [...path, key]), at(value, [...path, key]), what));
    }
    return [fieldError(fieldName(within, path), at(value, path), issue.message)];
  });
}

const UNKNOWN = 'is not known here';

function fieldName(within: string, path: readonly string[]): string {
  const names = within === '' ? path : [within, ...path];
  return names.length === 0 ? 'body' : names.join('.');
}

function at(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const name of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name)) return undefined;
    inner = (inner as Readonly<Record<string, unknown>>)[name];
  }
  return inner;
}
