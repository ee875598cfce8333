/**
 * The environment of child processes: an allow-list of the user's, then ours. No `AWS_*` of the user gets through, and
 * what the SDK would look up elsewhere (profile, metadata service, a service without an endpoint of ours) is a dead
 * end, so that an embedded run can never reach a real account.
 */
import { FUNCTIONS, HELD_BUCKET, HOST, REGION, TABLES } from './names.ts';

export type Environment = Readonly<Record<string, string>>;

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LC_CTYPE'] as const;

/** tcpmux: nothing answers there, and only the superuser could make something. */
const DEAD_ENDPOINT = `http://${HOST}:1`;

export interface Endpoints {
  readonly dynamodb: string;
  readonly lambda?: string;
  /** Speaks both of SES's protocols. */
  readonly ses?: string;
  readonly s3?: string;
}

/** The part of the user's environment that a child may see. */
export function cleanEnvironment(ambient: Readonly<Record<string, string | undefined>>): Environment {
  const passed: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = ambient[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** What makes the SDK's own configuration end at the local endpoints. */
export function awsEnvironment(endpoints: Endpoints): Environment {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIAEMBEDDEDRUNONLY0',
    AWS_SECRET_ACCESS_KEY: 'embedded-run-only',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: DEAD_ENDPOINT,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    ...(endpoints.lambda === undefined ? {} : { AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda }),
    ...(endpoints.ses === undefined
      ? {}
      : { AWS_ENDPOINT_URL_SES: endpoints.ses, AWS_ENDPOINT_URL_SESV2: endpoints.ses }),
    ...(endpoints.s3 === undefined ? {} : { AWS_ENDPOINT_URL_S3: endpoints.s3 }),
  };
}

export interface EdgeProxySpec {
  readonly server: string;
  /** `2587:starttls,2465:tls` */
  readonly listen: string;
  /** Path of the PEM file that holds private key and chain. */
  readonly certificate: string;
}

/** Flags of Node that the image has too, where they are explained; without its share of a container's memory. */
export const EDGE_PROXY_FLAGS = ['--max-semi-space-size=8', '--no-allocation-site-pretenuring'] as const;

/** An edge proxy's environment as on Fargate, and two of the embedded run: its host, and how long it may drain. */
export function edgeProxyEnvironment({ server, listen, certificate }: EdgeProxySpec): Environment {
  return {
    POSTERN_SERVER: server,
    POSTERN_LISTEN: listen,
    POSTERN_LISTEN_HOST: HOST,
    POSTERN_DRAIN_SECONDS: '3',
    POSTERN_HEALTH_PORT: '0',
    POSTERN_CERTIFICATE: `file:${certificate}`,
    POSTERN_POLICY_TABLE: TABLES.policy,
    // All items at each look, which cost nothing here: an edit takes as long to be in force as `check-policy` needs, else.
    POSTERN_POLICY_READ_SECONDS: '5',
    POSTERN_HELD_TABLE: TABLES.held,
    POSTERN_COUNTERS_TABLE: TABLES.counters,
    POSTERN_HELD_BUCKET: HELD_BUCKET,
    POSTERN_AUTHENTICATE_FUNCTION: FUNCTIONS.authenticate,
    POSTERN_CHECK_RELAY_FUNCTION: FUNCTIONS.checkRelay,
    POSTERN_CHECK_LIMITS_FUNCTION: FUNCTIONS.checkLimits,
    POSTERN_RECORD_EVENTS_FUNCTION: FUNCTIONS.recordEvents,
  };
}
