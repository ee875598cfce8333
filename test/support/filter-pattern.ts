/**
 * Which lines a metric filter of CloudWatch Logs matches: the part of its pattern language for JSON that Postern's filters
 * are written in, `=` with `*` for any text, `&&`, `||` and brackets.
 */
export type LineFilter = (line: Readonly<Record<string, unknown>>) => boolean;

const TOKEN = /\s*(\{|\}|\(|\)|&&|\|\||=|\$\.[A-Za-z0-9_.]+|"(?:[^"\\]|\\.)*")/y;

/** @throws SyntaxError for a pattern that is not of that part */
export function lineFilter(pattern: string): LineFilter {
  const tokens = tokensOf(pattern);
  const take = (expected?: string): string => {
    const token = tokens.shift();
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new SyntaxError(`${pattern}: ${expected ?? 'more'} is expected where ${token ?? 'it ends'}`);
    }
    return token;
  };
  const comparison = (): LineFilter => {
    if (tokens[0] === '(') {
      take('(');
      const inner = either();
      take(')');
      return inner;
    }
    const selector = take();
    take('=');
    return comparisonOf(selector, JSON.parse(take()));
  };
  const both = (): LineFilter => chain('&&', comparison, (one, other) => (line) => one(line) && other(line));
  const either = (): LineFilter => chain('||', both, (one, other) => (line) => one(line) || other(line));
  const chain = (operator: string, next: () => LineFilter, join: (a: LineFilter, b: LineFilter) => LineFilter) => {
    let filter = next();
    while (tokens[0] === operator) {
      take(operator);
      filter = join(filter, next());
    }
    return filter;
  };
  take('{');
  const filter = either();
  take('}');
  return filter;
}

function tokensOf(pattern: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(pattern); match !== null; match = TOKEN.exec(pattern)) {
    tokens.push(match[1] ?? '');
    if (TOKEN.lastIndex === pattern.length) return tokens;
  }
  throw new SyntaxError(`${pattern} is not of the patterns that are known here`);
}

function comparisonOf(selector: string, wanted: string): LineFilter {
  const path = selector.slice(2).split('.');
  const parts = wanted.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const form = new RegExp(`^${parts.join('.*')}$`, 's');
  return (line) => {
    const value = path.reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], line);
    return value !== undefined && value !== null && form.test(String(value));
  };
}
