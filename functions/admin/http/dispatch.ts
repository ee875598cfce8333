/** From the HTTP API's event to its answer, by the table of routes. */
import { logProblem, problemOfError } from '../../log.ts';
import { parseEvent } from '../../parse-event.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { type HttpAnswer, httpAnswer, httpEventSchema, readRequest } from './http.ts';
import { problem } from './problem.ts';
import { type Route, type RouteAnswer, routeKey } from './route.ts';

export type Dispatch = (event: unknown) => Promise<HttpAnswer>;

/**
 * Makes the function that answers events. What a route throws is logged and becomes a problem of class 5, so that a
 * caller always hears JSON; an event that is no request throws `MalformedRequestError`.
 */
export function makeDispatch(routes: readonly Route[], stores: AdminStores): Dispatch {
  const byKey = new Map(routes.map((route) => [routeKey(route), route]));
  return async (event) => {
    const parsed = parseEvent(httpEventSchema, event);
    const request = readRequest(parsed);
    if ('status' in request) return httpAnswer(request);
    const route = byKey.get(parsed.routeKey);
    const { method, path } = request;
    if (route === undefined) return httpAnswer(problem('not-found', `There is no ${method} ${path}`));
    return httpAnswer(await answerOf(route, () => route.answer(request, stores)));
  };
}

async function answerOf(route: Route, answer: () => Promise<RouteAnswer>): Promise<RouteAnswer> {
  try {
    return await answer();
  } catch (error) {
    logProblem({ function: 'admin', route: routeKey(route), problem: problemOfError(error) });
    return isUnavailable(error)
      ? problem('unavailable', 'DynamoDB did not answer in time: try again')
      : problem('failed', 'What went wrong is in the log of the function');
  }
}

/** Whether it is worth trying again: late, throttled or out of reach. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ['TimeoutError', 'AbortError', 'ThrottlingException', 'ProvisionedThroughputExceededException'].includes(
    error.name,
  );
}
