/** What the command line reads of the API's answers; whatever else they hold passes by. */
import * as z from 'zod';

const text = z.string().optional();
const given = z.record(z.string(), z.unknown());

const next = { next: text };

export const serversAnswer = z
  .object({
    servers: z.array(
      z.looseObject({
        server: z.string(),
        hostname: z.string().nullable(),
        enabled: z.boolean().nullable(),
        policyVersion: z.string().nullable(),
        problems: z.int(),
      }),
    ),
    ...next,
  })
  .transform(({ servers, next: token }) => ({ entries: servers, next: token }));

export const serverAnswer = z.looseObject({
  server: z.string(),
  policyVersion: z.string().nullable(),
  settings: given.nullable(),
  given,
  problem: text,
  changedBy: text,
  changedAt: text,
});

export const commandAnswer = z.looseObject({
  verb: z.string(),
  allowed: z.boolean(),
  maxOctets: z.int(),
  from: z.string(),
  profile: z.looseObject({ name: z.string(), allowed: z.boolean(), maxOctets: z.int() }),
  given: given.optional(),
  problem: text,
});
export type CommandAnswer = z.output<typeof commandAnswer>;

export const commandsAnswer = z.object({
  commands: z.array(commandAnswer),
  others: z.array(z.looseObject({ item: z.string(), given, problem: text })),
});

/** An item of a collection; its name stands under the collection's own parameter. */
export const itemAnswer = z.looseObject({ given, problem: text, changedBy: text, changedAt: text });
export type ItemAnswer = z.output<typeof itemAnswer>;

export function itemsAnswer(collection: string) {
  return z.looseObject({ [collection]: z.array(itemAnswer), ...next }).transform((page) => {
    const entries = page[collection] as readonly ItemAnswer[];
    return { entries, next: page.next as string | undefined };
  });
}

export const userAnswer = z.looseObject({
  user: z.string(),
  enabled: z.unknown(),
  servers: z.unknown(),
  senders: z.unknown(),
  mayBounce: z.unknown(),
  limits: z.unknown(),
  hasPassword: z.boolean(),
  note: z.unknown().optional(),
  problem: text,
  changedBy: text,
  changedAt: text,
});
export type UserAnswer = z.output<typeof userAnswer>;

export const usersAnswer = z
  .object({ users: z.array(userAnswer), ...next })
  .transform(({ users, next: token }) => ({ entries: users, next: token }));

export const unlockAnswer = z.looseObject({ unlocked: z.int(), done: z.boolean() });

/** Any answer: none, or one that is not read. */
export const anyAnswer = z.unknown();

export const eventAnswer = z.looseObject({
  type: z.string(),
  id: z.unknown(),
  at: z.string(),
  server: z.unknown(),
});
export type EventAnswer = z.output<typeof eventAnswer>;

export const eventsAnswer = z
  .object({ events: z.array(eventAnswer), ...next })
  .transform(({ events, next: token }) => ({ entries: events, next: token }));

export const transcriptAnswer = z.looseObject({
  session: z.string(),
  server: z.string(),
  client: z.unknown(),
  identity: text,
  startedAt: z.string(),
  endedAt: text,
  ending: text,
  policyVersions: z.array(z.string()),
  commands: z.array(
    z.looseObject({
      verb: z.string(),
      line: text,
      octets: z.int(),
      reply: z.int(),
      answer: text,
      rule: text,
      at: text,
      transaction: text,
    }),
  ),
  events: z.array(eventAnswer),
  commandsOmitted: z.int().optional(),
  ...next,
});
export type Transcript = z.output<typeof transcriptAnswer>;

const explainedLine = z.looseObject({
  line: z.string(),
  octets: z.int(),
  reply: text,
  rule: text,
  limit: z.number().optional(),
  nextHop: text,
  state: z.string(),
  reportOnly: z.array(z.string()).optional(),
  notes: z.array(z.string()).optional(),
});

export const explainAnswer = z.looseObject({
  policyVersion: z.string(),
  basis: z.string(),
  problems: z.array(z.looseObject({ item: z.string(), problem: z.string() })),
  client: z.looseObject({ address: z.string(), tls: z.boolean() }),
  identity: text,
  greeting: explainedLine,
  lines: z.array(explainedLine),
  isClosed: z.boolean(),
  isComplete: z.boolean(),
});

const outcome = z.looseObject({ reply: text, rule: text, nextHop: text, unknown: text });

export const replayAnswer = z.looseObject({
  since: z.string(),
  until: z.string(),
  policyVersion: z.string(),
  inForceVersion: z.string(),
  scanned: z.int(),
  sessions: z.array(
    z.looseObject({
      session: z.string(),
      at: z.string(),
      client: z.string(),
      identity: text,
      differences: z.array(z.looseObject({ line: z.string(), before: outcome, after: outcome })),
    }),
  ),
  differentAlready: z.int(),
  notReplayed: z.array(z.looseObject({ session: z.string(), at: z.string(), why: z.string() })),
  ...next,
});
export type ReplayAnswer = z.output<typeof replayAnswer>;
export type ReplayOutcome = z.output<typeof outcome>;

const section = z.record(z.string(), given).default({});

export const SECTIONS = ['commands', 'domains', 'clients', 'senders', 'issuers'] as const;
export type Section = (typeof SECTIONS)[number];

/** A policy document: what `GET …/policy` answers, and what `import` reads from a file. */
export const policyDocument = z.looseObject({
  settings: given,
  commands: section,
  domains: section,
  clients: section,
  senders: section,
  issuers: section,
});
export type PolicyDocument = z.output<typeof policyDocument>;

export const policyAnswer = policyDocument.extend({
  policyVersion: z.string().nullable(),
  problems: z.array(z.looseObject({ item: z.string(), problem: z.string() })),
});
export type PolicyAnswer = z.output<typeof policyAnswer>;

export const appliedAnswer = z.looseObject({
  done: z.boolean(),
  applied: z.looseObject({ put: z.array(z.string()), deleted: z.array(z.string()) }),
  unchanged: z.int(),
  left: z.int(),
});
