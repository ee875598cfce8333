/** What the description says is what the API does: for any request a declared answer, and never a 5xx. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminBed, adminEvent } from '../../test-support/admin-bed.ts';
import { recordConsole } from '../../test-support/invocation.ts';
import { anyText, nearly, rightValue } from '../../test-support/schema-arbitrary.ts';
import { ALICE } from '../../test-support/users.ts';
import { problemSchema } from '../contract/problem-body.ts';
import { ROUTE_TABLE } from '../routes.ts';
import { openapi, problemsOf } from './openapi.ts';
import { METHODS, type Route, routeKey } from './route.ts';

type Json = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Json;
}

const SETTINGS = { hostname: 'mx1.example.com', defaultNextHop: 'ses' };
/** Names of what is there. */
const THERE: Readonly<Record<string, readonly string[]>> = {
  server: ['mx1', 'mx2', 'broken'],
  verb: ['NOOP', 'vrfy', 'XYZZY'],
  domain: ['example.com', 'Example.NET', 'bücher.example'],
  cidr: ['203.0.113.0/24', '2001:db8::/32'],
  sender: ['spam.example', 'eve@example.com'],
  issuer: ['login'],
  user: ['alice@example.com', 'bob'],
  session: ['s1'],
};
const TYPES = ['application/json', 'application/merge-patch+json', 'text/plain', ''];

let bed: AdminBed;
let document: Json;

beforeAll(async () => {
  bed = await AdminBed.start();
  document = (await bed.call('GET', '/openapi.json')).value;
});
afterAll(() => bed.stop());
beforeEach(async () => {
  recordConsole();
  for (const server of ['mx1', 'mx2']) {
    await bed.put('policy', { server, item: 'settings', ...SETTINGS });
    await bed.put('policy', { server, item: 'domain#example.com' });
    await bed.put('policy', { server, item: 'client#203.0.113.0/24', access: 'deny' });
    await bed.put('policy', { server, item: 'command#NOOP', maxOctets: [1, { a: null }] });
  }
  await bed.put('policy', { server: 'broken', item: 'settings', maxErrors: 'many', odd: new Set([1]) });
  await bed.put('policy', { server: 'broken', item: 'command#vrfy', allowed: 7, problem: 7, changedBy: ['x'] });
  await bed.put('users', ALICE);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function operationOf(route: Route): Json {
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  const operation = paths[route.path.replace('+}', '}')]?.[route.method.toLowerCase()];
  if (operation === undefined) throw new TypeError(`${routeKey(route)} is not described`);
  return operation;
}

function bodySchemaOf(route: Route): Json | undefined {
  const body = operationOf(route).requestBody as { content: Readonly<Record<string, { schema: Json }>> } | undefined;
  return body?.content['application/json']?.schema;
}

const atEvent = fc
  .date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2030-01-01') })
  .map((date) => `${date.toISOString()}#x`);
/** A token as a page gives one, of a key that no page had. */
const wellFormedToken = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '\u{10FFFF}',
      '\u{10FFFF}\u{10FFFF}',
      '\0',
      'x'.repeat(2500),
      '\ud800',
      'ü'.repeat(1100),
      '\u{10FFFF}x',
    ),
    atEvent,
    fc.record({ before: atEvent, sinceMs: fc.nat(), untilMs: fc.nat() }),
    fc.record({ before: atEvent, sinceMs: fc.constantFrom(0, -1, 8.64e15, 1e300) }),
    fc.jsonValue(),
  )
  .map((key) => Buffer.from(JSON.stringify(key)).toString('base64url'));

/** A request of a route, and of things nearby: path with query, headers, text of a body. */
function requestOf(route: Route) {
  const parameters = operationOf(route).parameters as readonly Parameter[];
  const inPath = parameters.filter((each) => each.in === 'path');
  const names = fc.tuple(
    ...inPath.map(({ name }) =>
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...(THERE[name] ?? ['x'])) }, { weight: 1, arbitrary: anyText }),
    ),
  );
  const inQuery = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
  const query = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: inQuery.length === 0 ? 1 : 5,
      arbitrary: fc.dictionary(
        fc.oneof({ weight: 9, arbitrary: fc.constantFrom('limit', ...inQuery) }, { weight: 1, arbitrary: anyText }),
        fc.oneof(anyText, fc.nat({ max: 1200 }).map(String), wellFormedToken),
        { maxKeys: 3 },
      ),
    },
  );
  const headers = fc.record(
    {
      'if-match': fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, fc.constantFrom('"x"', 'W/"x", "y"'), anyText),
      'if-none-match': fc.constantFrom('"x"', '*'),
      'content-type': fc.oneof(
        { weight: 8, arbitrary: fc.constant('application/json') },
        { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
      ),
    },
    { requiredKeys: ['content-type'] },
  );
  const alone = fc.record({ 'content-type': fc.constant('application/json') });
  const schema = bodySchemaOf(route);
  const body =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 4, arbitrary: rightValue(schema).map((value) => JSON.stringify(value)) },
          { weight: 4, arbitrary: nearly(schema).map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
          { weight: 1, arbitrary: fc.option(anyText, { nil: undefined }) },
        );
  return fc.tuple(names, query, fc.oneof(alone, headers), body).map(([values, asked, sent, text]) => {
    const path = inPath.reduce(
      (made, { name }, index) =>
        made.replace(new RegExp(`\\{${name}\\+?\\}`), () => encodeURIComponent(values[index] ?? '')),
      route.path,
    );
    const search = new URLSearchParams(asked).toString();
    return { path: search === '' ? path : `${path}?${search}`, headers: sent, text };
  });
}

describe('any request', () => {
  it.each(ROUTE_TABLE.map((route) => [routeKey(route), route] as const))(
    'of %s has an answer that is declared',
    { timeout: 60_000 },
    async (key, route) => {
      await fc.assert(
        fc.asyncProperty(requestOf(route), async ({ path, headers, text }) => {
          // An empty name, or one that is a path of another route.
          fc.pre(adminEvent(route.method, path).routeKey === key);

          const answer = await bed.send(route.method, path, headers, text);

          const declared = route.answers[answer.status];
          if (declared === undefined) {
            expect(problemsOf(route)).toContain(answer.status);
            expect(answer.status, JSON.stringify(answer.value)).toBeLessThan(500);
            expect(answer.headers['content-type']).toBe('application/problem+json');
            expect(problemSchema.parse(answer.value).status).toBe(answer.status);
          } else if (declared === null) {
            expect(answer.value).toEqual({});
          } else {
            expect(answer.headers['content-type']).toBe('application/json');
            expect(declared.safeParse(answer.value).error?.issues ?? []).toEqual([]);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(METHODS)('%s of a path that is no route is 404', async (method) => {
    expect(await bed.call(method, '/nothing/here')).toMatchObject({ status: 404, value: { status: 404 } });
  });
});

describe('the description', () => {
  it('is that of all routes, itself among them', () => {
    const paths = document.paths as Readonly<Record<string, Json>>;
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(described.sort()).toEqual(ROUTE_TABLE.map((route) => routeKey(route).replace('+}', '}')).sort());
    expect(document).toEqual(JSON.parse(JSON.stringify(openapi(ROUTE_TABLE))));
  });

  it('names every operation by itself', () => {
    const ids = ROUTE_TABLE.map((route) => operationOf(route).operationId);

    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says types, ranges and words of the settings', () => {
    const route = ROUTE_TABLE.find((each) => routeKey(each) === 'PUT /servers/{server}');
    const schema = route === undefined ? undefined : bodySchemaOf(route);

    expect(schema).toMatchObject({
      type: 'object',
      required: expect.arrayContaining(['hostname', 'defaultNextHop']),
      additionalProperties: false,
      properties: {
        maxErrors: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 20 },
        relay: { enum: ['any-domain', 'listed-domains'] },
        enabled: { type: 'boolean', default: true },
      },
    });
  });
});
