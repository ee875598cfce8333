/** Probes published servers as strangers meet them, and tells each result as an event. */
import * as z from 'zod';
import type { PosternEvent } from '../../policy/event.ts';
import type { ProbeOptions } from '../probe/context.ts';
import { isClean, type ProbeReport } from '../probe/report.ts';

/** One door of a published server. */
export const probeTargetSchema = z.strictObject({
  server: z.string().min(1),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  tls: z.enum(['starttls', 'implicit']),
  kind: z.enum(['inbound', 'submission']),
  /** The name that the certificate must have. */
  name: z.string().optional(),
  /** A domain that the server is for. */
  domain: z.string().optional(),
  /** `private`: by the balancer's address inside the network, since AWS lets no function out to port 25. */
  way: z.enum(['public', 'private']),
});
export type ProbeTarget = z.output<typeof probeTargetSchema>;

/** Users to log in with, by server. */
export const probeUsersSchema = z.record(z.string(), z.object({ username: z.string(), password: z.string() }));
export type ProbeUsers = z.output<typeof probeUsersSchema>;

/** What the schedule of a server, or a person, asks for. */
export const probeRequestSchema = z.object({
  /** The doors to knock at; those of the function's environment where there are none. */
  targets: z.array(probeTargetSchema).optional(),
  /** Those of one server alone. */
  server: z.string().optional(),
});

/** A request of the CDK's custom resource provider: doors whose certificates must verify before others go by them. */
export const certificateRequestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResourceProperties: z.object({
    /** JSON: CloudFormation makes strings of numbers. */
    Targets: z.string().transform((text) => z.array(probeTargetSchema).parse(JSON.parse(text))),
  }),
});

/** What is wrong with certificates, or that a server cannot be spoken to, in words; `undefined` when nothing is. */
export function certificateProblem(events: readonly ProbeEvent[]): string | undefined {
  const problems = events.flatMap(({ server, faults }) =>
    faults
      .filter(({ check }) => check === 'greeting' || check === 'tls' || check.startsWith('certificate'))
      .map(({ check, detail }) => `${server}: ${check}: ${detail}`),
  );
  return problems.length === 0 ? undefined : problems.join('; ');
}

type ProbeEvent = Extract<PosternEvent, { type: 'probe' }>;

export interface ProbeWork {
  readonly targets: readonly ProbeTarget[];
  readonly users: ProbeUsers;
  readonly probe: (options: ProbeOptions) => Promise<ProbeReport>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** PEM of authorities besides the usual ones. */
  readonly ca?: string | undefined;
}

/** Days that a result is kept. */
const KEEP_DAYS = 30;
const TIMEOUT_MS = 10_000;
const QUIET_MS = 1_000;

/**
 * Probes the doors one after the other, so that no server meets two probes at once, and returns an event for each. A
 * login is tried at servers for submission that have a probe user. Never throws for what a server does.
 */
export async function probeServers({ targets, users, probe, nowMs, ca }: ProbeWork): Promise<readonly ProbeEvent[]> {
  const events: ProbeEvent[] = [];
  for (const { server, host, port, tls, name, kind, domain, way } of targets) {
    const startMs = nowMs();
    const login = kind === 'submission' ? users[server] : undefined;
    const door = { host, port, tls, name };
    const report = await probe({ door, kind, domain, login, ca, timeoutMs: TIMEOUT_MS, quietMs: QUIET_MS, nowMs });
    events.push(eventOf(report, { server, way, durationMs: Math.max(0, Math.round(nowMs() - startMs)) }));
  }
  return events;
}

function eventOf(report: ProbeReport, facts: Pick<ProbeEvent, 'server' | 'way' | 'durationMs'>): ProbeEvent {
  const { host, port, at, steps } = report;
  const faults = steps.filter(({ outcome }) => outcome === 'fault');
  const days = steps.find((step) => step.days !== undefined)?.days;
  return {
    type: 'probe',
    id: `probe-${host}:${port}-${at}`,
    at,
    keepDays: KEEP_DAYS,
    ...facts,
    host,
    port,
    verdict: isClean(report) ? 'clean' : 'faults',
    faults: faults.map(({ check, detail, todo = '' }) => ({ check, detail, todo })),
    ...(days === undefined ? {} : { certificateDays: days }),
  };
}
