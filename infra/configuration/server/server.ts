/** One published server in the context `postern` of cdk.json. */
import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { strictObject } from '../strict-object.ts';
import { type Client, clientSchema } from './client.ts';
import { egressRuleSchema } from './egress-rule.ts';
import { firstItemsSchema } from './first-items.ts';
import { tasksSchema } from './tasks.ts';

/** Ports that can be published: message transfer, submission (RFC 6409), submission under TLS (RFC 8314). */
export const PUBLISHED_PORTS = [25, 587, 465] as const;
export type PublishedPort = (typeof PUBLISHED_PORTS)[number];

const NAME = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const ALLOCATION_ID = /^eipalloc-[0-9a-f]{8,17}$/;
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,256}$/;
/** A complete ARN: six characters that Secrets Manager chose end it. */
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[0-9A-Za-z-]+$/;
const SES_IDENTITY_ARN = /^arn:aws[a-z-]*:ses:[a-z0-9-]+:\d{12}:identity\/.+$/;

export const NEEDS_CERTIFICATE =
  'is missing: port 465 is TLS from its first octet and ports 25 and 587 offer STARTTLS, ' +
  'so give the name or complete ARN of the secret that holds private key and certificate chain, or `certificate`, ' +
  'by which the deployment has one made and renewed';

function matching(pattern: RegExp, allowed: string) {
  return z.string().regex(pattern, { error: ({ input }) => `"${input}" is not ${allowed}` });
}

export const secretSchema = z
  .string()
  .refine((text) => (text.startsWith('arn:') ? SECRET_ARN : SECRET_NAME).test(text), {
    error: ({ input }) => `"${input}" is not the name or complete ARN of a secret`,
  })
  // Secrets Manager takes such an end for its own.
  .refine((text) => text.startsWith('arn:') || !/-[A-Za-z0-9]{6}$/.test(text), {
    error: ({ input }) => `"${input}" is a name that ends like a secret's ARN: give the complete ARN`,
  });

export const configurationSetSchema = matching(/^[A-Za-z0-9_-]{1,64}$/, 'the name of a configuration set of SES');

const portSchema = z.literal(PUBLISHED_PORTS, {
  error: ({ input }) => `${JSON.stringify(input)} is not a port that can be published: 25, 587 and 465 are`,
});

/** A certificate that the deployment has made, and renews. */
const certificateSchema = strictObject({
  /** `letsencrypt`, `letsencrypt-staging`, or the URL of an ACME directory. */
  issuer: z.union([z.enum(['letsencrypt', 'letsencrypt-staging']), z.url()]),
  /** Zone of Route 53 that holds all names: the issuer looks for a record there. */
  hostedZoneId: matching(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone (Z…)'),
  /** @default the host name of the server */
  names: z.array(z.string().min(1)).min(1).optional(),
  /** Where the issuer writes of trouble. */
  email: z.email().optional(),
  /** Secret of an external account binding: JSON of `keyId` and `hmacKey`. */
  bindingSecret: secretSchema.optional(),
});

export const serverSchema = strictObject({
  /** Its partition of the policy table, and a part of names that DNS may hold. */
  name: matching(NAME, 'DNS-safe: a letter, then at most 31 lower-case letters, digits and hyphens, no hyphen last'),
  ports: z.array(portSchema).min(1),
  /** Where it stands: one of `replicas`; where nothing is said, the deployment's own region. */
  region: z.string().optional(),
  /** Its place among the servers of a domain, in MX records: the lowest is asked first. */
  mxPreference: z.int().min(0).max(65_535).default(10),
  /** Secret with private key and certificate chain, that you keep yourself. */
  certificateSecret: secretSchema.optional(),
  /** In place of it: a certificate by ACME, renewed by the deployment. */
  certificate: certificateSchema.optional(),
  /** Key that its secrets are encrypted with, when it is not the account's own `aws/secretsmanager`. */
  certificateKeyArn: matching(KEY_ARN, 'the ARN of a KMS key').optional(),
  /** Secrets with logins at next hops (`auth=secret:…`), besides those that its first items name. */
  nextHopSecrets: z.array(secretSchema).default([]),
  /** `internal`: for clients of your own network; no Elastic IP. */
  scheme: z.enum(['internet-facing', 'internal']).default('internet-facing'),
  /** Availability zones with an address and tasks each; where nothing is said, two if the Elastic IPs suffice. */
  zones: z.int().min(1).max(3).optional(),
  /** Elastic IPs of yours, one a zone; made by the deployment where there are none. */
  allocationIds: z.array(matching(ALLOCATION_ID, 'an allocation id (eipalloc-…)')).min(1).optional(),
  /** With `internal`: addresses in the private subnets, one a zone; chosen by AWS where there are none. */
  privateAddresses: z
    .array(z.string().refine((text) => isIPv4(text), { error: ({ input }) => `"${input}" is not an IPv4 address` }))
    .min(1)
    .optional(),
  /** Who may connect; everyone where nothing is said. */
  clients: z.array(clientSchema).min(1).optional(),
  /** Whether clients may come over IPv6 too; draws a warning. */
  ipv6: z.boolean().default(false),
  /** Whether its Elastic IPs get its host name as their reverse DNS. */
  reverseDns: z.boolean().default(false),
  /** Where its tasks may connect to, besides AWS. */
  egress: z.array(egressRuleSchema).default([]),
  /** Whether it may send through Amazon SES; where nothing is said, whether a route of its first items does. */
  ses: z.boolean().optional(),
  /** Configuration set that it sends with; that of the deployment where nothing is said. */
  sesConfigurationSet: configurationSetSchema.optional(),
  /** Identities that it may send by; those of `sesDomains` where nothing is said. */
  sesIdentityArns: z.array(matching(SES_IDENTITY_ARN, 'the ARN of an SES identity')).min(1).optional(),
  tasks: tasksSchema,
  /** PROXY protocol v2 from the load balancer; draws a warning. */
  proxyProtocol: z.boolean().default(false),
  /** Hours for which mail may be held before an alarm says so. */
  heldAlarmHours: z.int().min(1).max(87_600).default(24),
  /** Its first items; a deployment never overwrites what stands in the table. */
  policy: firstItemsSchema,
});

export type ServerInput = z.output<typeof serverSchema>;

/** With all that depends on other servers, or on its own first items, made out. */
export interface Server extends Omit<ServerInput, 'zones' | 'ses' | 'clients'> {
  readonly zones: number;
  /** Whether `zones` is 1 since the Elastic IPs do not suffice for more. */
  readonly isShortOfAddresses: boolean;
  readonly ses: boolean;
  readonly clients: readonly Client[];
}

/** Whether a route of its first items leads through Amazon SES. */
export function routesThroughSes({ policy }: Pick<ServerInput, 'policy'>): boolean {
  return policy.routes.some(({ hop }) => hop.kind === 'ses');
}
