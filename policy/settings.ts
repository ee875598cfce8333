/** The `settings` item of a published server: every attribute, its range and its default. */
import * as z from 'zod';
import { parseDomain } from './address.ts';
import { COMMAND_PROFILES } from './command-profile.ts';
import { parseNextHop } from './next-hop.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

function count(lowest: number, highest: number, value: number) {
  return z.int().min(lowest).max(highest).default(value);
}

const DAY_SECONDS = 86_400;
/** Octets; no mail server of the field takes more. */
const LARGEST_MESSAGE_OCTETS = 1_073_741_824;

function parsedBy<T>(parse: (text: string) => ParseResult<T>) {
  return z.string().transform((text, context): T => {
    const result = parse(text);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  });
}

/** A next hop inside an item or a decision. */
export const nextHopSchema = parsedBy(parseNextHop);

const settingsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  hostname: parsedBy(parseDomain),
  /** `required`: MAIL needs AUTH. `offered`: AUTH may be used. `none`: there is no AUTH. */
  authentication: z.enum(['required', 'offered', 'none']).default('required'),
  authenticator: z.enum(['directory']).default('directory'),
  authenticationRequiresTls: z.boolean().default(true),
  /** Where an identity or a client of a `relay` network may send. */
  relay: z.enum(['any-domain', 'listed-domains']).default('listed-domains'),
  defaultNextHop: nextHopSchema,
  commandProfile: z.enum(COMMAND_PROFILES).default('modern'),
  bareNewline: z.enum(['reject', 'normalise']).default('reject'),
  maxMessageOctets: count(1, LARGEST_MESSAGE_OCTETS, 26_214_400),
  maxRecipients: count(1, 50_000, 100),
  maxErrors: count(1, 1_000_000, 20),
  maxLoginFailures: count(1, 1000, 3),
  maxConnections: count(1, 1_000_000, 10_000),
  maxConnectionsPerClient: count(1, 1_000_000, 50),
  commandTimeoutSeconds: count(1, DAY_SECONDS, 300),
  dataTimeoutSeconds: count(1, DAY_SECONDS, 180),
  tlsHandshakeTimeoutSeconds: count(1, DAY_SECONDS, 30),
  nextHopConnectTimeoutSeconds: count(1, DAY_SECONDS, 30),
  nextHopTimeoutSeconds: count(1, DAY_SECONDS, 300),
  nextHopFinalTimeoutSeconds: count(1, DAY_SECONDS, 600),
  eventDays: count(1, 3650, 30),
  /** For people; never read. */
  note: z.string().optional(),
});

export type Settings = z.output<typeof settingsSchema>;

/** Reads the attributes of a `settings` item, keys left out; every problem is named with its attribute. */
export function parseSettings(attributes: unknown): ParseResult<Settings> {
  const result = settingsSchema.safeParse(attributes);
  return result.success ? parsed(result.data) : unparsed(problemOf(result.error));
}

/** What a schema found wrong, one clause an attribute. */
export function problemOf(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`))
    .join('; ');
}
