/** Metrics of a deployment: what `record-events` and `check-policy` count in events, alarms and the dashboard show. */
import type { DeliveryOutcome, PosternEvent } from './event.ts';

/** The namespace, where a deployment has no name of its own. */
export const DEFAULT_METRIC_NAMESPACE = 'Postern';

/** The only dimension: a published server's name. */
export const METRIC_DIMENSION = 'Server';

/** Days before the end of a certificate from which it is told of: time to act, and to act again. */
export const CERTIFICATE_ALARM_DAYS = 21;

/** What is counted; each is 0 where nothing of it happened in the batch, so that an alarm sees a quiet server. */
export const EVENT_METRICS = {
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
  /** Recipients of mail by Amazon SES: those who have it, those whom hard bounces are about, those who complained. */
  SesDelivered: (event) => toldOf(event, 'delivered'),
  SesBounced: (event) => (event.type === 'delivery' && event.bounce === 'permanent' ? toldOf(event, 'bounced') : 0),
  SesComplained: (event) => toldOf(event, 'complained'),
  /** Doors of the server that were tried from outside, and those of them at which something was wrong. */
  Probes: (event) => Number(event.type === 'probe'),
  ProbeFaults: (event) => Number(event.type === 'probe' && event.verdict === 'faults'),
} as const satisfies Record<string, (event: PosternEvent) => number>;

export type EventMetric = keyof typeof EVENT_METRICS;

function toldOf(event: PosternEvent, outcome: DeliveryOutcome): number {
  return event.type === 'delivery' && event.outcome === outcome ? event.recipients.length : 0;
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
