/** What the API did not do, in words. */
import * as z from 'zod';
import { CliError } from '../cli-error.ts';

const problemSchema = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  /** What API Gateway itself says. */
  message: z.string().nullish(),
  errors: z.array(z.looseObject({ field: z.string(), problem: z.string(), value: z.unknown().optional() })).optional(),
});

export class ApiError extends CliError {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The problem's members, those beside RFC 9457's too. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(doing: string, status: number, body: unknown) {
    const members = problemSchema.safeParse(body).data ?? {};
    super(message(doing, status, members));
    this.status = status;
    this.members = members;
  }
}

function message(doing: string, status: number, problem: z.output<typeof problemSchema>): string {
  const { errors = [], detail, title, message: said } = problem;
  if (errors.length > 0) {
    return errors.map((error) => `cannot ${doing}: ${error.field}: ${quoting(error.problem, error.value)}`).join('\n');
  }
  const why = inOurWords(detail ?? said ?? title ?? `the API answered ${status}`);
  return `cannot ${doing}: ${why}${status === 403 ? FORBIDDEN : ''}`;
}

const FORBIDDEN = ' (403: the credentials in use lack execute-api:Invoke, or --api is another API)';

/** The value is named where the problem does not name it itself. */
function quoting(problem: string, value: unknown): string {
  const isNamed = value === undefined || problem.includes(String(value));
  return isNamed ? problem : `${problem} (given: ${JSON.stringify(value)})`;
}

/** What to do next, of which the API speaks by its routes. */
const ADVICE: readonly (readonly [said: RegExp, ours: string])[] = [
  [
    /^(There is no server "([^"]*)"); PUT \/servers\/\{server\} makes one$/,
    '$1; postern servers lists them, postern servers $2 create makes one',
  ],
  [
    /^(There is no user "([^"]*)"); PUT \/users\/\{user\} makes one$/,
    '$1; postern users lists them, postern users $2 create makes one',
  ],
];

function inOurWords(why: string): string {
  return ADVICE.reduce((text, [said, ours]) => text.replace(said, ours), why);
}
