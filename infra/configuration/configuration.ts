/** All that a deployment is told: postern.config.json, or the context `postern` of cdk.json. */
import * as z from 'zod';
import { parseDomain } from '../../policy/address.ts';
import { existingSchema } from './existing.ts';
import { functionsSchema } from './functions.ts';
import { networkSchema } from './network/network.ts';
import { EVERYONE } from './server/client.ts';
import {
  configurationSetSchema,
  routesThroughSes,
  type Server,
  type ServerInput,
  secretSchema,
  serverSchema,
} from './server/server.ts';
import { checkServers } from './server/server-checks.ts';
import { DEFAULT_ELASTIC_IPS, zonesOf } from './server/zones.ts';
import { strictObject } from './strict-object.ts';

const domainSchema = z.string().refine(
  (text) => {
    const domain = parseDomain(text);
    return domain.ok && domain.value === text;
  },
  { error: ({ input }) => `"${input}" is not a domain name in lower case, with A-labels` },
);

const regionSchema = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: ({ input }) => `"${input}" is not a region` });

/** A further region, by its name alone where its network is a VPC that is made. */
const replicaSchema = z.union([regionSchema, strictObject({ region: regionSchema, network: networkSchema })]);

const hostedZoneSchema = strictObject({
  /** Domain of the zone. */
  name: domainSchema,
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]{1,31}$/, { error: ({ input }) => `"${input}" is not the id of a hosted zone (Z…)` }),
  /** Whether MX records are made in it; not before the servers answer, where mail comes another way now. */
  mx: z.boolean().default(true),
});

const inputSchema = strictObject({
  /** For editors, which complete from it. */
  $schema: z.string().optional(),
  /** Given, it begins the names of stacks, metrics and logs: a second deployment in the same account and region. */
  name: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,14}[a-z0-9])?$/, {
      error: ({ input }) => `"${input}" is not a letter, then at most 15 lower-case letters, digits and hyphens`,
    })
    .optional(),
  /** Given, the stacks are for this account and region alone; else for whichever the CLI is signed in to. */
  account: z
    .string()
    .regex(/^\d{12}$/, { error: ({ input }) => `"${input}" is not an account: 12 digits` })
    .optional(),
  region: regionSchema.optional(),
  /** Regions besides, in which servers stand too: policy and users are the same there. */
  replicas: z.array(replicaSchema).default([]),
  /** On everything that can have tags. */
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
  /** Whether stacks and load balancers are protected against deletion. */
  protect: z.boolean().default(true),
  /** Elastic IPs that the account may have in the region. */
  elasticIpQuota: z.int().min(1).default(DEFAULT_ELASTIC_IPS),
  network: networkSchema,
  functions: functionsSchema,
  /** Parts that are there already and are used in place of new ones. */
  existing: existingSchema,
  /** Days that CloudWatch keeps logs; a number that it knows. */
  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]).default(30),
  /** An MTA-STS policy (RFC 8461) for domains of `hostedZones`. */
  mtaSts: strictObject({
    /** `testing` first: senders report, and deliver all the same. */
    mode: z.enum(['none', 'testing', 'enforce']),
    /** How long senders remember it; a day at least, RFC 8461 section 3.2 has weeks in mind. */
    maxAgeSeconds: z.int().min(86_400).max(31_557_600).default(604_800),
    domains: z.array(domainSchema).min(1),
  }).optional(),
  probe: strictObject({
    /** Whether each server is knocked at once an hour, as a stranger would. */
    hourly: z.boolean().default(true),
    /** Secret with users to log in as: JSON of an object, names of servers with `username` and `password`. */
    usersSecret: secretSchema.optional(),
  }).prefault({}),
  events: strictObject({
    /** Whether every event goes to S3 too, to be asked by Athena; the table then keeps a week. */
    archive: z.boolean().default(false),
    /** Days that the archive keeps them. */
    archiveDays: z.int().min(1).max(36_500).default(365),
  }).prefault({}),
  /** Seconds after which tasks read all of their policy though nothing says that it changed. */
  policyReadSeconds: z.int().min(5).max(86_400).default(300),
  /** Domains that the deployment verifies in Amazon SES; leave out those that are verified already. */
  sesDomains: z.array(domainSchema).default([]),
  /** Configuration set that servers send with. */
  sesConfigurationSet: configurationSetSchema.optional(),
  /** Whether what Amazon SES tells of mail (delivered, bounced and so on) is recorded. */
  recordDeliveries: z.boolean().default(true),
  /** Zones of Route 53 that the deployment writes its records into. */
  hostedZones: z.array(hostedZoneSchema).default([]),
  /** Get a mail for each alarm. */
  alarmEmail: z.union([z.email(), z.array(z.email()).min(1)]).optional(),
  /** Where docs/runbook.md can be read; alarms link into it. */
  runbookUrl: z.url().optional(),
  servers: z.array(serverSchema).min(1),
});

export const configurationSchema = inputSchema
  .transform(({ $schema: _, alarmEmail, servers, replicas, ...rest }) => ({
    ...rest,
    replicas: replicas.map((replica) =>
      typeof replica === 'string' ? { region: replica, network: networkSchema.parse(undefined) } : replica,
    ),
    alarmEmails: [alarmEmail ?? []].flat(),
    servers: madeOut(servers, zonesOf(servers, rest.network, rest.elasticIpQuota), rest.sesConfigurationSet),
  }))
  .superRefine(checkServers);

/** What is written: the schema for editors is made of it. */
export const configurationInputSchema = inputSchema;

export type Configuration = z.output<typeof configurationSchema>;
export type HostedZone = z.output<typeof hostedZoneSchema>;

function madeOut(
  servers: readonly ServerInput[],
  zones: ReturnType<typeof zonesOf>,
  sesConfigurationSet: string | undefined,
): readonly Server[] {
  return servers.map((server, index) => {
    const { ipv6 } = server;
    return {
      ...server,
      zones: zones[index]?.zones ?? 1,
      isShortOfAddresses: zones[index]?.isShortOfAddresses ?? false,
      ses: server.ses ?? routesThroughSes(server),
      sesConfigurationSet: server.sesConfigurationSet ?? sesConfigurationSet,
      clients: server.clients ?? EVERYONE.filter((client) => ipv6 || client.kind !== 'network' || client.family === 4),
    };
  });
}
