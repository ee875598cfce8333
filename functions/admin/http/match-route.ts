/** Finds a request's route among those of an HTTP API, as API Gateway does: whole paths, `{name+}` for all that is left. */

export interface MatchedRoute {
  /** `GET /servers/{server}`. */
  readonly routeKey: string;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * `undefined` where no route takes the request. A route that names a part goes before one that leaves it open, and a
 * greedy one comes last.
 *
 * @param path as it came, with its percent signs, without a query
 * @throws URIError when a percent sign stands for nothing
 */
export function matchRoute(routes: readonly string[], method: string, path: string): MatchedRoute | undefined {
  const parts = path.split('/');
  const matches = routes.flatMap((routeKey) => {
    const [wantedMethod, pattern = ''] = routeKey.split(' ');
    const pathParameters = wantedMethod === method ? parametersOf(pattern.split('/'), parts) : undefined;
    return pathParameters === undefined ? [] : [{ routeKey, pathParameters }];
  });
  return matches.sort((a, b) => openness(a.routeKey) - openness(b.routeKey))[0];
}

function parametersOf(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const parameters: [string, string][] = [];
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(wanted) ?? [];
    if (name === undefined) {
      if (part !== wanted) return undefined;
    } else if (greedy === '+') {
      parameters.push([name, decodeURIComponent(parts.slice(index).join('/'))]);
      return Object.fromEntries(parameters);
    } else {
      if (part === '') return undefined;
      parameters.push([name, decodeURIComponent(part)]);
    }
  }
  return pattern.length === parts.length ? Object.fromEntries(parameters) : undefined;
}

function openness(routeKey: string): number {
  return routeKey.split('{').length - 1 + (routeKey.includes('+}') ? 100 : 0);
}
