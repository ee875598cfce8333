/** From the HTTP API's event to its answer, by the table of routes. */
import { logProblem, problemOfError } from '../../log.ts';
import { parseEvent } from '../../parse-event.ts';
import type { AdminStores } from '../stores/admin-stores.ts';
import { type HttpAnswer, httpAnswer, httpEventSchema, readRequest } from './http.ts';
import { Problem } from './problem.ts';
import { type Route, routeKey } from './route.ts';

export type Dispatch = (event: unknown) => Promise<HttpAnswer>;

/**
 * Makes the function that answers events. A `Problem` that is thrown is the answer; anything else is logged and becomes a
 * problem of class 5, so that a caller always hears JSON; an event that is no request throws `MalformedRequestError`.
 */
export function makeDispatch(routes: readonly Route[], stores: AdminStores): Dispatch {
  const byKey = new Map(routes.map((route) => [routeKey(route), route]));
  return async (event) => {
    const parsed = parseEvent(httpEventSchema, event);
    try {
      const request = readRequest(parsed);
      const route = byKey.get(parsed.routeKey);
      if (route === undefined) throw new Problem('not-found', `There is no ${request.method} ${request.path}`);
      return httpAnswer(await route.answer(request, stores));
    } catch (error) {
      return httpAnswer(error instanceof Problem ? error : failure(parsed.routeKey, error));
    }
  };
}

function failure(route: string, error: unknown): Problem {
  logProblem({ function: 'admin', route, problem: problemOfError(error) });
  return isUnavailable(error)
    ? new Problem('unavailable', 'DynamoDB did not answer in time: try again')
    : new Problem('failed', 'What went wrong is in the log of the function');
}

/** Whether it is worth trying again: late, throttled or out of reach. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ['TimeoutError', 'AbortError', 'ThrottlingException', 'ProvisionedThroughputExceededException'].includes(
    error.name,
  );
}
