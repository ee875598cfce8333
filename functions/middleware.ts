/**
 * The middy stack that every function stands in: one line for each call that ended well, one for each that failed.
 *
 * It knows nothing of what a function decides; it takes from event and answer the fields that are safe to log.
 */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type LogFields, logLine, logProblem, problemOfError } from './log.ts';

export type Handler<Answer> = (event: unknown, context: Context) => Promise<Answer>;

/** No address, no credential. */
const EVENT_FIELDS = ['server', 'session'] as const;
/** What was decided, and by which rule. */
const ANSWER_FIELDS = ['kind', 'rule'] as const;

/**
 * Puts the stack round a function's edge.
 *
 * A call that throws is logged with server and session and throws on: the edge proxy maps every function error to a
 * defer.
 */
export function withDefaults<Answer>(name: string, handle: (event: unknown) => Promise<Answer>): Handler<Answer> {
  const startedAt = new WeakMap<object, number>();
  const handler = middy<unknown, Answer>(async (event: unknown) => handle(event))
    .before((request) => {
      startedAt.set(request, performance.now());
    })
    .after((request) => {
      const durationMs = Math.round(performance.now() - (startedAt.get(request) ?? 0));
      logLine({ function: name, ...fieldsOf(request.event, request.response), durationMs });
    })
    .onError((request) => {
      logProblem({ function: name, ...fieldsOf(request.event), problem: problemOfError(request.error) });
    });
  return (event, context) => handler(event, context);
}

function fieldsOf(event: unknown, answer?: unknown): LogFields {
  return {
    ...stringsOf(event, EVENT_FIELDS),
    ...countOf(event, 'events'),
    ...stringsOf(answer, ANSWER_FIELDS),
    ...countOf(answer, 'decisions'),
  };
}

/** The number of what comes many in one call: events of many sessions, decisions about a group. */
function countOf(value: unknown, name: string): LogFields {
  if (typeof value !== 'object' || value === null) return {};
  const many: unknown = Reflect.get(value, name);
  return Array.isArray(many) ? { [name]: many.length } : {};
}

function stringsOf(value: unknown, names: readonly string[]): LogFields {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter(([name, field]) => names.includes(name) && typeof field === 'string');
  return Object.fromEntries(entries);
}
