/** Where an alarm's article stands: what it means, what to look at, what to do. */

/** In the repository; `runbookUrl` of the configuration names where it can be read. */
export const RUNBOOK = 'docs/runbook.md';

/** Each alarm and its article's heading in docs/runbook.md. */
export const RUNBOOK_ARTICLES = {
  RefusedLogins: 'refused-logins',
  DecisionsDeferred: 'decisions-deferred',
  NextHopFailures: 'next-hop-failures',
  NextHopTrouble: 'next-hop-trouble',
  PolicyInvalid: 'policy-invalid',
  NoHealthyTask: 'no-healthy-task',
  TasksAtMaximum: 'tasks-at-maximum',
  EventsUndelivered: 'events-undelivered',
  CertificateUnusable: 'certificate-unusable',
  CertificateExpiring: 'certificate-expiring',
  CertificateRenewal: 'certificate-renewal',
  ProbeFaults: 'probe-faults',
  PolicyUnreadable: 'policy-unreadable',
  TaskFaults: 'task-faults',
  HeldTooLong: 'held-too-long',
  AdminApiErrors: 'admin-api-errors',
  DeadLetters: 'dead-letters',
  FunctionThrottles: 'function-throttles',
  FunctionErrors: 'function-errors',
  SlowDecisions: 'slow-decisions',
  ChangesUnchecked: 'changes-unchecked',
  TableThrottles: 'table-throttles',
  SesBounces: 'ses-reputation',
  SesComplaints: 'ses-reputation',
  ServerBounces: 'ses-reputation',
  ServerComplaints: 'ses-reputation',
} as const;

export type AlarmName = keyof typeof RUNBOOK_ARTICLES;

export function runbookUrl(alarm: AlarmName, base: string = RUNBOOK): string {
  return `${base}#${RUNBOOK_ARTICLES[alarm]}`;
}
