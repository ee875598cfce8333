/** `/openapi.json`: what the API can do, for programs and people. */
import * as z from 'zod';
import { openapi } from './openapi.ts';
import { defineRoute, ok, type Route } from './route.ts';

/** @param routes all others; the description names itself too */
export function openapiRoute(routes: readonly Route[]): Route {
  const route: Route = defineRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    answers: { 200: z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }) },
    problems: [],
    handle: async () => ok(openapi([...routes, route])),
  });
  return route;
}
