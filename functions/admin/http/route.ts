/** One route of the admin API: what it takes, what it answers, what it does. `routes.ts` lists them all. */
import * as z from 'zod';
import type { FieldError } from '../contract/problem-body.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import type { HttpRequest, RouteAnswer } from './http.ts';
import { errorsOf, invalid, Problem } from './problem.ts';

/** A request whose parts have been parsed by the route's schemas. */
export interface RouteRequest<Parameters, Query, Body> {
  readonly parameters: Parameters;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's ARN. */
  readonly who: string;
}

export const METHODS = ['GET', 'PUT', 'PATCH', 'POST', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

interface RouteText {
  readonly method: Method;
  /** As the HTTP API writes it: `/servers/{server}/clients/{cidr+}`. */
  readonly path: string;
  readonly summary: string;
  /** What the body looks like where `body` alone does not say it, for OpenAPI. */
  readonly describedBody?: z.ZodType;
  /** Headers that it reads, each with what it is for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The schema of each answer that is no problem; `null` where there is no body. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Statuses of its problems, beside those that every route has. */
  readonly problems: readonly number[];
}

/** A route with its types forgotten, as a table holds it. */
export interface Route extends RouteText {
  /** Schema of the path's parameters. */
  readonly parameters: z.ZodObject;
  readonly query: z.ZodObject;
  /** Absent where a body is not read. */
  readonly body?: z.ZodType;
  readonly answer: (request: HttpRequest, stores: AdminStores) => Promise<RouteAnswer>;
}

export interface RouteDefinition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> extends RouteText {
  readonly parameters?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (
    request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>>,
    stores: AdminStores,
  ) => Promise<RouteAnswer>;
}

/** Makes a route whose `handle` gets what the schemas have read; what they refuse is 400, every error at once. */
export function defineRoute<
  P extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodType = z.ZodUnknown,
>({ parameters, query, body, handle, ...text }: RouteDefinition<P, Q, B>): Route {
  const route = {
    ...text,
    parameters: parameters ?? z.strictObject({}),
    query: query ?? z.strictObject({}),
    ...(body === undefined ? {} : { body }),
  };
  return {
    ...route,
    answer: async (request, stores) => {
      if (body !== undefined && request.body === undefined) throw new Problem('malformed', 'The request has no body');
      const errors: FieldError[] = [];
      const read = <T>(schema: z.ZodType, value: unknown): T => {
        const result = schema.safeParse(value);
        if (!result.success) errors.push(...errorsOf(result.error, value));
        return result.data as T;
      };
      const parsedRequest = {
        parameters: read<z.output<P>>(route.parameters, request.parameters),
        query: read<z.output<Q>>(route.query, request.query),
        body: read<z.output<B>>(body ?? z.unknown(), request.body),
        headers: request.headers,
        who: request.who,
      };
      if (errors.length > 0) throw invalid(errors);
      return handle(parsedRequest, stores);
    },
  };
}

/** The route's name in the HTTP API: `GET /servers/{server}`. */
export function routeKey({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

export function ok(value: unknown, headers: Readonly<Record<string, string>> = {}): RouteAnswer {
  return { status: 200, value, headers };
}

export const NO_CONTENT: RouteAnswer = { status: 204 };
