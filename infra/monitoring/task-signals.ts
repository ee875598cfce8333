/**
 * What the tasks say in their own log and people are to hear of. By metric filters of CloudWatch Logs: an alarm about
 * decisions must not travel through the functions that give none.
 */
import type { AlarmName } from './runbook-url.ts';

export interface TaskSignal {
  /** A filter pattern for JSON lines. */
  readonly pattern: string;
  /** Metric that counts the lines; in a month without one it costs nothing. */
  readonly metricName: string;
  /** What it means, after the server's name. */
  readonly meaning: string;
  /** Lines in five minutes. */
  readonly threshold: number;
  /** Times in a row; clients try again, so a passing failure passes. */
  readonly periods?: number;
}

/** In five minutes; users mistype a few, a guesser far more. */
const MANY_REFUSED_LOGINS = 50;
const MANY_DEFERRED = 10;

export const TASK_SIGNALS = {
  RefusedLogins: {
    pattern: '{ ($.event = "login") && ($.verdict = "reject") }',
    metricName: 'TaskLoginsRefused',
    meaning: `refused ${MANY_REFUSED_LOGINS} logins or more in five minutes`,
    threshold: MANY_REFUSED_LOGINS,
  },
  DecisionsDeferred: {
    // A call that failed, or a function that could not read its table and said so.
    pattern:
      '{ ($.event = "decision-deferred") || (($.event = "login") && ($.verdict = "defer")) || (($.event = "transaction") && ($.rule = "check-*")) }',
    metricName: 'TaskDecisionsDeferred',
    meaning: 'put off clients since a function gave no decision',
    threshold: MANY_DEFERRED,
    periods: 2,
  },
  NextHopFailures: {
    pattern:
      '{ ($.event = "transaction") && (($.rule = "next-hop-*") || (($.rule = "next-hop") && ($.verdict = "deferred"))) }',
    metricName: 'TaskNextHopFailures',
    meaning: 'could not hand mail on, since a next hop was down, late or not to be understood',
    threshold: MANY_DEFERRED,
    periods: 2,
  },
  NextHopTrouble: {
    pattern:
      '{ ($.event = "next-hop-host-failed") || ($.event = "next-hop-tls-failed") || ($.event = "next-hop-login-failed") }',
    metricName: 'TaskNextHopTroubles',
    meaning: 'found a host of a next hop that fails, one whose TLS fails, or one that refuses our login',
    threshold: 1,
  },
  EventsUndelivered: {
    pattern: '{ ($.event = "event-undelivered") || ($.event = "lines-dropped") }',
    metricName: 'TaskEventsUndelivered',
    meaning: 'could not deliver events, which are now in its log alone, or lost lines of its log',
    threshold: 1,
  },
  CertificateUnusable: {
    pattern: '{ ($.event = "certificate-invalid") || ($.event = "certificate-expired") }',
    metricName: 'TaskCertificateUnusable',
    meaning: 'has a certificate that has expired, or a newer one that it cannot use',
    threshold: 1,
  },
  CertificateExpiring: {
    pattern: '{ ($.event = "certificate-expiring") || ($.event = "next-hop-certificate-expiring") }',
    metricName: 'TaskCertificateExpiring',
    meaning: 'has a certificate that ends within 21 days, or a next hop whose verified one does',
    threshold: 1,
  },
  PolicyUnreadable: {
    pattern: '{ $.event = "policy-unreadable" }',
    metricName: 'TaskPolicyUnreadable',
    meaning: 'cannot read its policy and goes by the last one',
    threshold: 1,
  },
  PolicyInvalid: {
    pattern: '{ $.event = "policy-invalid" }',
    metricName: 'TaskPolicyInvalid',
    meaning: 'found a policy item that does not parse and keeps its last good value',
    threshold: 1,
  },
  TaskFaults: {
    pattern: '{ ($.event = "fault") || ($.event = "failed") }',
    metricName: 'TaskFaults',
    meaning: 'ended a session, or a task, by a fault of its own',
    threshold: 1,
  },
} as const satisfies Partial<Record<AlarmName, TaskSignal>>;

export type TaskSignalName = keyof typeof TASK_SIGNALS;
