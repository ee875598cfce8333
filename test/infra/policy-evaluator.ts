/**
 * Whether a policy document allows a request, by IAM's rules as far as the tasks' policies use them: `Allow` statements,
 * actions by name, resources with `*` and `?`, conditions of `ForAllValues:StringEquals` and `StringLike`. Anything else is
 * an error, so that a policy that grows out of these rules does not pass unjudged.
 */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys, each with all its values. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
}

export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> | undefined;
}

export function isAllowed(statements: readonly PolicyStatement[], request: Request): boolean {
  return statements.some((statement) => {
    if (statement.Effect !== 'Allow') throw new TypeError(`Effect ${statement.Effect} is not judged here`);
    const isForIt = [statement.Action].flat().includes(request.action);
    const resources = [statement.Resource].flat() as readonly unknown[];
    return isForIt && resources.some((pattern) => fits(pattern, request.resource)) && holds(statement, request);
  });
}

function fits(pattern: unknown, resource: string): boolean {
  if (typeof pattern !== 'string') throw new TypeError('A resource must be resolved before it is judged');
  const expression = pattern
    .replace(/[\\^$.+()|[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(resource);
}

function holds({ Condition = {} }: PolicyStatement, { keys = {} }: Request): boolean {
  return Object.entries(Condition).every(([operator, wanted]) => {
    if (operator === 'StringLike') {
      return Object.entries(wanted).every(([key, patterns]) =>
        (keys[key] ?? []).some((value) => [patterns].flat().some((pattern) => fits(pattern, value))),
      );
    }
    if (operator !== 'ForAllValues:StringEquals') throw new TypeError(`Operator ${operator} is not judged here`);
    // True for a key that the request does not have, as with IAM.
    return Object.entries(wanted).every(([key, allowed]) =>
      (keys[key] ?? []).every((value) => allowed.includes(value)),
    );
  });
}
