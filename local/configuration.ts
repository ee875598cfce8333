/** Reads the variables of the embedded run. A bad one is an error that names it and says what is allowed. */
import { resolve } from 'node:path';
import { parseNextHop } from '../policy/next-hop.ts';
import { RunError } from './run-error.ts';

/** Each listener's variable and the port it has without one. */
export const PORTS = {
  submission: { variable: 'POSTERN_SUBMISSION_PORT', port: 2587 },
  submissions: { variable: 'POSTERN_SUBMISSIONS_PORT', port: 2465 },
  inbound: { variable: 'POSTERN_INBOUND_PORT', port: 2525 },
  mta: { variable: 'POSTERN_MTA_PORT', port: 2526 },
  dynamodb: { variable: 'POSTERN_DYNAMODB_PORT', port: 8000 },
  lambda: { variable: 'POSTERN_LAMBDA_PORT', port: 9001 },
  ses: { variable: 'POSTERN_SES_PORT', port: 8005 },
  s3: { variable: 'POSTERN_S3_PORT', port: 9000 },
  admin: { variable: 'POSTERN_ADMIN_PORT', port: 8080 },
} as const;
export type PortName = keyof typeof PORTS;

export interface Configuration {
  /** Absolute path of the state directory. */
  readonly home: string;
  /** Wanted ports; 0 takes a free one. */
  readonly ports: Readonly<Record<PortName, number>>;
  /** Another internal MTA; the embedded one is not started then. */
  readonly mtaUrl?: string;
  readonly demoPassword?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_HOME = resolve(import.meta.dirname, '..', '.postern');

/** `POSTERN_HOME`, or `.postern` in the repository. */
export function homeDirectory(environment: Environment): string {
  const home = environment.POSTERN_HOME ?? '';
  return home === '' ? DEFAULT_HOME : resolve(home);
}

/** @throws RunError naming the variable that does not parse */
export function readRunConfiguration(environment: Environment): Configuration {
  const ports = Object.fromEntries(
    Object.entries(PORTS).map(([name, { variable, port }]) => [name, readPort(environment, variable, port)]),
  ) as Record<PortName, number>;
  const mtaUrl = readMtaUrl(environment);
  const demoPassword = environment.POSTERN_DEMO_PASSWORD;
  return {
    home: homeDirectory(environment),
    ports,
    ...(mtaUrl === undefined ? {} : { mtaUrl }),
    ...(demoPassword === undefined ? {} : { demoPassword }),
  };
}

function readPort(environment: Environment, variable: string, port: number): number {
  const text = environment[variable] ?? '';
  if (text === '') return port;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new RunError(`${variable} is "${text}" where 0 to 65535 are allowed (0 takes a free port)`);
  }
  return Number(text);
}

function readMtaUrl(environment: Environment): string | undefined {
  const text = environment.POSTERN_MTA_URL ?? '';
  if (text === '') return undefined;
  const hop = parseNextHop(text);
  if (!hop.ok) throw new RunError(`POSTERN_MTA_URL: ${hop.problem}`);
  return text;
}
