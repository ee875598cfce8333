/** The API's description (OpenAPI 3.1), made from the schemas that its routes parse with. */
import * as z from 'zod';
import { problemSchema } from '../contract/problem-body.ts';
import { MAX_BODY_OCTETS } from './http.ts';
import { PROBLEMS } from './problem.ts';
import type { Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

/** Statuses of problems that any route may have. */
export const COMMON_PROBLEMS: readonly number[] = [400, 403, 413, 415, 500, 503];

export function openapi(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace('+}', '}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Postern admin API',
      version: '1',
      description: `Bodies are JSON of up to ${MAX_BODY_OCTETS} octets. On AWS every request is signed (SigV4, service execute-api).`,
    },
    security: [{ sigv4: [] }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
    },
  };
}

function operation(route: Route): Json {
  const body = route.describedBody ?? route.body;
  return {
    operationId: `${route.method.toLowerCase()} ${route.path}`.replace(/[^A-Za-z]+(\w?)/g, (_, next: string) =>
      next.toUpperCase(),
    ),
    summary: route.summary,
    parameters: [...parametersIn(route.parameters, 'path'), ...parametersIn(route.query, 'query'), ...headersOf(route)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonOf(schemaOf(body, 'input')) } }),
    responses: Object.fromEntries([
      ...Object.entries(route.answers).map(([status, schema]) => [status, answerOf(schema)] as const),
      ...problemsOf(route).map((status) => [String(status), problemAnswer(status)] as const),
    ]),
  };
}

/** Statuses of all problems of a route. */
export function problemsOf({ problems }: Route): number[] {
  return [...new Set([...COMMON_PROBLEMS, ...problems])].sort((a, b) => a - b);
}

function parametersIn(schema: z.ZodObject, place: 'path' | 'query'): Json[] {
  return Object.entries(schema.shape).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path' || !(part as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(part as z.ZodType, 'input'),
  }));
}

function headersOf({ headers = {} }: Route): Json[] {
  return Object.entries(headers).map(([name, description]) => {
    return { name, in: 'header', required: false, description, schema: { type: 'string' } };
  });
}

function answerOf(schema: z.ZodType | null): Json {
  if (schema === null) return { description: 'Done' };
  return { description: 'The answer', content: jsonOf(schemaOf(schema, 'output')) };
}

function problemAnswer(status: number): Json {
  const titles = Object.values(PROBLEMS).filter((problem) => problem.status === status);
  return {
    description: titles.map(({ title }) => title).join('; '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}

/** `input` says what may be sent, `output` what comes back. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: keepDefault });
  return json;
}

/** zod leaves out a default where a value is read before it is checked; people want to know it all the same. */
function keepDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
}
