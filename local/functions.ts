/** The functions of a deployment, as every cloud on one machine runs them: embedded run, tests and benchmark. */
import { FUNCTIONS, HELD_BUCKET, TABLES } from './names.ts';

export interface RunFunction {
  /** Name by which it is invoked. */
  readonly name: string;
  /** Folder of `functions/`. */
  readonly folder: string;
  readonly timeoutMs: number;
  /** Its environment besides that of AWS. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Milliseconds, as the edge proxy bounds its calls: an answer that comes later has no one waiting for it. */
const AUTHENTICATE_MS = 5000;
const DECISION_MS = 3000;
/** Milliseconds; the HTTP API waits no longer. */
const ADMIN_MS = 30_000;
/** Milliseconds, for a batch of changes: only the next batch waits. */
const CHECK_POLICY_MS = 60_000;
/** Milliseconds, for an event of SES and its report: as deployed. */
const DELIVERIES_MS = 10_000;
/** Milliseconds, for all doors of all servers. */
const PROBE_MS = 120_000;
/** Milliseconds, for an ACME server and its look-ups. */
const RENEW_MS = 120_000;

const POLICY = { POSTERN_POLICY_TABLE: TABLES.policy };
const USERS = { POSTERN_USERS_TABLE: TABLES.users };
const EVENTS = { POSTERN_EVENTS_TABLE: TABLES.events };
const HELD = { POSTERN_HELD_TABLE: TABLES.held, POSTERN_HELD_BUCKET: HELD_BUCKET };
const COUNTERS = { POSTERN_COUNTERS_TABLE: TABLES.counters };

/** What an edge proxy asks. */
export const SCREENING_FUNCTIONS: readonly RunFunction[] = [
  {
    name: FUNCTIONS.authenticate,
    folder: 'authenticate',
    timeoutMs: AUTHENTICATE_MS,
    // An issuer on this machine is one that somebody tries out here.
    environment: { ...USERS, ...COUNTERS, ...POLICY, POSTERN_LOOPBACK_ISSUERS: 'true' },
  },
  { name: FUNCTIONS.checkRelay, folder: 'check-relay', timeoutMs: DECISION_MS, environment: POLICY },
  { name: FUNCTIONS.checkLimits, folder: 'check-limits', timeoutMs: DECISION_MS, environment: COUNTERS },
  { name: FUNCTIONS.recordEvents, folder: 'record-events', timeoutMs: DECISION_MS, environment: EVENTS },
];

/** All of them. */
export const ALL_FUNCTIONS: readonly RunFunction[] = [
  ...SCREENING_FUNCTIONS,
  {
    name: FUNCTIONS.checkPolicy,
    folder: 'check-policy',
    timeoutMs: CHECK_POLICY_MS,
    environment: { ...POLICY, ...EVENTS },
  },
  {
    name: FUNCTIONS.admin,
    folder: 'admin',
    timeoutMs: ADMIN_MS,
    environment: { ...POLICY, ...USERS, ...EVENTS, ...COUNTERS, ...HELD },
  },
  {
    name: FUNCTIONS.recordDeliveries,
    folder: 'record-deliveries',
    timeoutMs: DELIVERIES_MS,
    environment: { ...EVENTS, ...POLICY },
  },
  { name: FUNCTIONS.probeServers, folder: 'probe-servers', timeoutMs: PROBE_MS, environment: EVENTS },
  {
    name: FUNCTIONS.renewCertificate,
    folder: 'renew-certificate',
    timeoutMs: RENEW_MS,
    // The certificate of the embedded run is made by itself; who starts it may name others, and an ACME server.
    environment: { ...EVENTS, POSTERN_CERTIFICATES: '[]' },
  },
];
