/**
 * Metrics of a batch of events in CloudWatch's embedded metric format: a JSON line on standard output is all it takes,
 * no call and no permission. Alarms are made of these names.
 */
import type { PosternEvent } from '../../policy/event.ts';
import { ENV_METRIC_NAMESPACE } from './env.ts';

/** Where a deployment has no name of its own. */
export const DEFAULT_METRIC_NAMESPACE = 'Postern';

/** Days before the end of a certificate from which it is told of: time to act, and to act again. */
export const CERTIFICATE_ALARM_DAYS = 21;

/** What is counted; each is 0 where nothing of it happened in the batch, so that an alarm sees a quiet server. */
export const METRICS = {
  Sessions: (event) => Number(event.type === 'session'),
  MessagesAccepted: (event) => Number(event.type === 'transaction' && event.verdict === 'accepted'),
  MessagesRefused: (event) => Number(event.type === 'transaction' && event.verdict === 'refused'),
  MessagesDeferred: (event) => Number(event.type === 'transaction' && event.verdict === 'deferred'),
  MessagesAbandoned: (event) => Number(event.type === 'transaction' && event.verdict === 'abandoned'),
  MessagesHeld: (event) => Number(event.type === 'transaction' && event.verdict === 'held'),
  MessagesDiscarded: (event) => Number(event.type === 'transaction' && event.verdict === 'discarded'),
  AcceptedOctets: (event) => (event.type === 'transaction' && event.verdict === 'accepted' ? event.octets : 0),
  Refusals: (event) => Number(event.type === 'refusal' && event.reportOnly !== true),
  /** Sessions of clients that speak another protocol: HTTP by a page or a server that was made to, TLS in the clear. */
  NotSmtp: (event) => Number(event.type === 'refusal' && event.rule === 'not-smtp'),
  /** Refusals that were let pass, since the server is `reportOnly`. */
  RefusalsReported: (event) => Number(event.type === 'refusal' && event.reportOnly === true),
  LoginsPermitted: (event) => Number(event.type === 'login' && event.verdict === 'permit'),
  LoginsRefused: (event) => Number(event.type === 'login' && event.verdict === 'reject'),
  DecisionsDeferred: (event) => Number(isDeferredDecision(event)),
  NextHopFailures: (event) => Number(isHopFailure(event)),
  LimitsReached: (event) => Number(event.type === 'limit'),
  /** Logins of a client network that is locked out for the user. */
  LoginsLockedOut: (event) => Number(event.type === 'limit' && event.rule === 'settings#lockoutFailures'),
  SendingLimitsReached: (event) => Number(event.type === 'limit' && event.rule.startsWith('user#limits.')),
  PolicyInvalid: (event) => Number(event.type === 'policy-invalid'),
  /** Certificates that could not be renewed, and those with less than three weeks left. */
  CertificateFailures: (event) => Number(event.type === 'certificate' && event.outcome === 'failed'),
  CertificatesEnding: (event) => Number(event.type === 'certificate' && (event.daysLeft ?? 0) < CERTIFICATE_ALARM_DAYS),
  /** Doors of the server that were tried from outside, and those of them at which something was wrong. */
  Probes: (event) => Number(event.type === 'probe'),
  ProbeFaults: (event) => Number(event.type === 'probe' && event.verdict === 'faults'),
} as const satisfies Record<string, (event: PosternEvent) => number>;

export type MetricName = keyof typeof METRICS;

/** One document of the embedded metric format; `Server` is its only dimension. */
export interface MetricDocument {
  readonly _aws: {
    /** Milliseconds since 1970. */
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: 'Count' | 'Bytes' }[];
    }[];
  };
  readonly Server: string;
  readonly [metric: string]: unknown;
}

/** A hop that failed, or put the message off by its own reply: full, throttled, paused. */
function isHopFailure(event: PosternEvent): boolean {
  if (event.type !== 'transaction') return false;
  return event.rule.startsWith('next-hop-') || (event.rule === 'next-hop' && event.verdict === 'deferred');
}

/** A login or a recipient that was put off because a function had no answer. */
function isDeferredDecision(event: PosternEvent): boolean {
  if (event.type === 'login') return event.verdict === 'defer';
  return event.type === 'transaction' && event.recipients.some(({ rule }) => rule === 'check-relay');
}

/** Writes the metrics of events. Not by `console.log`, which Lambda's runtime puts a prefix before: a document is a line of its own. */
export function writeMetrics(events: readonly PosternEvent[], timeMs: number): void {
  const documents = metricDocuments(events, timeMs, process.env[ENV_METRIC_NAMESPACE]);
  for (const document of documents) process.stdout.write(`${JSON.stringify(document)}\n`);
}

/** One document a server of the batch, in the order of their first events; an event that stands twice counts once. */
export function metricDocuments(
  events: readonly PosternEvent[],
  timeMs: number,
  namespace: string = DEFAULT_METRIC_NAMESPACE,
): MetricDocument[] {
  const unique = new Map(events.map((event) => [event.id, event]));
  const byServer = Map.groupBy(unique.values(), (event) => event.server);
  return [...byServer].map(([server, own]) => ({
    _aws: {
      Timestamp: timeMs,
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [['Server']], Metrics: METRIC_UNITS }],
    },
    Server: server,
    ...totals(own),
  }));
}

const METRIC_UNITS = Object.keys(METRICS).map(
  (name) => ({ Name: name, Unit: name === 'AcceptedOctets' ? 'Bytes' : 'Count' }) as const,
);

function totals(events: readonly PosternEvent[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(METRICS).map(([name, count]) => [name, events.reduce((sum, event) => sum + count(event), 0)]),
  );
}
