/** Names inside the embedded cloud: what a deployment would choose, fixed here so that a copied command works. */
import { keyNames, TABLE_SHAPES, type TableKind } from '../policy/tables.ts';

export const REGION = 'eu-west-1';
/** The host of every listener of the embedded run: nothing outside this machine reaches it. */
export const HOST = '127.0.0.1';

export const TABLES = {
  policy: 'postern-policy',
  users: 'postern-users',
  events: 'postern-events',
  counters: 'postern-counters',
  held: 'postern-held',
} as const satisfies Record<TableKind, string>;

/** Bucket of the content of held mail. */
export const HELD_BUCKET = 'postern-held';

/** The tables whose changes `check-policy` is told of, each with the names of its keys. */
export const STREAMED_TABLES: Readonly<Record<string, readonly string[]>> = {
  [TABLES.policy]: keyNames(TABLE_SHAPES.policy),
  [TABLES.users]: keyNames(TABLE_SHAPES.users),
};

export const FUNCTIONS = {
  authenticate: 'postern-authenticate',
  checkRelay: 'postern-check-relay',
  checkLimits: 'postern-check-limits',
  checkPolicy: 'postern-check-policy',
  recordEvents: 'postern-record-events',
  recordDeliveries: 'postern-record-deliveries',
  admin: 'postern-admin',
  probeServers: 'postern-probe-servers',
  renewCertificate: 'postern-renew-certificate',
} as const;

export const PUBLISHED_SERVERS = ['submission', 'inbound'] as const;
export type PublishedServer = (typeof PUBLISHED_SERVERS)[number];

export const HOSTNAMES: Readonly<Record<PublishedServer, string>> = {
  submission: 'submission.postern.test',
  inbound: 'inbound.postern.test',
};

export const DEMO_USER = 'alice@example.com';
