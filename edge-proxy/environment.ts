/** The environment of an edge proxy, read once at start. A mistake names its variable and what is allowed. */
import type { HeldPlace } from './held/start-release.ts';
import type { ListenerSpec } from './listener/published-server.ts';
import { DEFAULT_READ_SECONDS } from './policy-watch.ts';

/** Where the certificate lies, with its private key and chain. */
export type CertificateLocation =
  | { readonly kind: 'file'; readonly path: string }
  /** A secret of AWS Secrets Manager, by name or ARN. */
  | { readonly kind: 'secret'; readonly id: string };

export interface Environment {
  readonly server: string;
  readonly listeners: readonly ListenerSpec[];
  /** Address to listen on; all of them when absent. */
  readonly listenHost: string | undefined;
  readonly policyTable: string;
  /** Seconds after which all of policy is read though nothing says that it changed. */
  readonly policyReadSeconds: number;
  readonly authenticateFunction: string;
  readonly checkRelayFunction: string;
  readonly recordEventsFunction: string;
  /** Absent where no user has sending limits. */
  readonly checkLimitsFunction: string | undefined;
  /** Table and bucket of held mail; absent where no rule may hold any. */
  readonly held: HeldPlace | undefined;
  /** Table in which sessions under way are asked for; absent where no one can ask. */
  readonly countersTable: string | undefined;
  readonly certificate: CertificateLocation;
  readonly healthPort: number;
  /** Seconds that transactions under way get after SIGTERM; ECS kills at most 120 s after it. */
  readonly drainSeconds: number;
  /** The first of these, in which new connections are still taken: the load balancer still sends them; health is 503. */
  readonly acceptSeconds: number;
  /** Configuration set of Amazon SES that mail is sent with. */
  readonly sesConfigurationSet: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const DEFAULT_HEALTH_PORT = 8025;
const DEFAULT_DRAIN_SECONDS = 110;
/** What the variables of the three functions hold. */
const FUNCTION = 'the name of the function';
/** What `POSTERN_CERTIFICATE` holds. */
const CERTIFICATE = 'file:PATH or secret:NAME-OR-ARN';

/** A variable that is missing or wrong; caught by `main.ts`, which prints it and ends. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

export function readEnvironment(variables: Variables): Environment {
  const required = (name: string, allowed: string): string => {
    const value = variables[name];
    if (value === undefined || value === '') throw new EnvironmentError(`${name} is not set: it holds ${allowed}`);
    return value;
  };
  return {
    server: required('POSTERN_SERVER', 'the name of the published server'),
    listeners: readListeners(required('POSTERN_LISTEN', 'PORT:starttls and PORT:tls, parted by commas')),
    listenHost: variables.POSTERN_LISTEN_HOST === '' ? undefined : variables.POSTERN_LISTEN_HOST,
    policyTable: required('POSTERN_POLICY_TABLE', 'the name of the policy table'),
    policyReadSeconds: readNumber(variables, 'POSTERN_POLICY_READ_SECONDS', DEFAULT_READ_SECONDS, 86_400),
    authenticateFunction: required('POSTERN_AUTHENTICATE_FUNCTION', FUNCTION),
    checkRelayFunction: required('POSTERN_CHECK_RELAY_FUNCTION', FUNCTION),
    recordEventsFunction: required('POSTERN_RECORD_EVENTS_FUNCTION', FUNCTION),
    checkLimitsFunction: variables.POSTERN_CHECK_LIMITS_FUNCTION || undefined,
    held: readHeld(variables),
    countersTable: variables.POSTERN_COUNTERS_TABLE || undefined,
    certificate: readCertificate(required('POSTERN_CERTIFICATE', CERTIFICATE)),
    healthPort: readNumber(variables, 'POSTERN_HEALTH_PORT', DEFAULT_HEALTH_PORT, 65_535),
    drainSeconds: readNumber(variables, 'POSTERN_DRAIN_SECONDS', DEFAULT_DRAIN_SECONDS, 3600),
    acceptSeconds: readNumber(variables, 'POSTERN_ACCEPT_SECONDS', 0, 3600),
    sesConfigurationSet: variables.POSTERN_SES_CONFIGURATION_SET || undefined,
  };
}

function readHeld({
  POSTERN_HELD_TABLE: table = '',
  POSTERN_HELD_BUCKET: bucket = '',
}: Variables): HeldPlace | undefined {
  if ((table === '') !== (bucket === '')) {
    throw new EnvironmentError('POSTERN_HELD_TABLE and POSTERN_HELD_BUCKET belong together: one of them is not set');
  }
  return table === '' ? undefined : { table, bucket };
}

function readListeners(text: string): readonly ListenerSpec[] {
  const listeners = text.split(',').map((entry): ListenerSpec => {
    const [port = '', mode, ...rest] = entry.trim().split(':');
    const isPort = /^\d{1,5}$/.test(port) && Number(port) <= 65_535;
    if (!isPort || (mode !== 'starttls' && mode !== 'tls') || rest.length > 0) {
      throw new EnvironmentError(`POSTERN_LISTEN has "${entry}" where PORT:starttls and PORT:tls are allowed`);
    }
    return { port: Number(port), mode };
  });
  const fixed = listeners.map((listener) => listener.port).filter((port) => port !== 0);
  const twice = fixed.find((port, index) => fixed.indexOf(port) !== index);
  if (twice !== undefined) throw new EnvironmentError(`POSTERN_LISTEN names port ${twice} twice`);
  return listeners;
}

function readCertificate(text: string): CertificateLocation {
  const path = /^file:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'file', path };
  // The characters of a secret's name and of an ARN.
  const id = /^secret:([\w/+=.@:-]+)$/.exec(text)?.[1];
  if (id !== undefined) return { kind: 'secret', id };
  // Not the text itself: whoever sets the variable to the certificate's PEM must not find the key in the log.
  throw new EnvironmentError(`POSTERN_CERTIFICATE is not what it may be: ${CERTIFICATE}`);
}

function readNumber(variables: Variables, name: string, fallback: number, highest: number): number {
  const text = variables[name];
  if (text === undefined || text === '') return fallback;
  if (!/^\d{1,6}$/.test(text) || Number(text) > highest) {
    throw new EnvironmentError(`${name} is "${text}" where 0 to ${highest} are allowed`);
  }
  return Number(text);
}
