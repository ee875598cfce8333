/** The context `postern` of cdk.json: all that a deployment is told. */
import * as z from 'zod';
import { parseDomain } from '../../policy/address.ts';
import { networkSchema } from './network.ts';
import { serverSchema } from './server.ts';
import { checkServers } from './server-checks.ts';
import { strictObject } from './strict-object.ts';

const concurrency = z.int().min(1).max(10_000).optional();

const domainSchema = z.string().refine(
  (text) => {
    const domain = parseDomain(text);
    return domain.ok && domain.value === text;
  },
  { error: ({ input }) => `"${input}" is not a domain name in lower case, with A-labels` },
);

const functionsSchema = strictObject({
  /** Executions that a function keeps for itself, and has no more than; a new account may have 10 in all. */
  reservedConcurrency: strictObject({
    authenticate: concurrency,
    'check-relay': concurrency,
    'check-limits': concurrency,
    'check-policy': concurrency,
    'record-events': concurrency,
    admin: concurrency,
  }).prefault({}),
}).prefault({});

export const configurationSchema = strictObject({
  /** Given, the stacks are for this account and region alone; else for whichever the CLI is signed in to. */
  account: z
    .string()
    .regex(/^\d{12}$/, { error: ({ input }) => `"${input}" is not an account: 12 digits` })
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: ({ input }) => `"${input}" is not a region` })
    .optional(),
  network: networkSchema,
  functions: functionsSchema,
  /** Days that CloudWatch keeps logs; a number that it knows. */
  logDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]).default(30),
  /** Domains that the deployment verifies in Amazon SES; leave out those that are verified already. */
  sesDomains: z.array(domainSchema).default([]),
  /** Gets a mail for each alarm. */
  alarmEmail: z.email().optional(),
  /** Where docs/runbook.md can be read; alarms link into it. */
  runbookUrl: z.url().optional(),
  servers: z.array(serverSchema).min(1),
}).superRefine(checkServers);

export type Configuration = z.output<typeof configurationSchema>;
export type FunctionsConfiguration = Configuration['functions'];
