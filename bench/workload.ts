/** The workloads: what clients do, and what the tables hold meanwhile. */
import { DOMAIN } from './identity.ts';
import type { SubjectName } from './subjects/subject.ts';

export const WORKLOAD_NAMES = [
  ...(['w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8', 'w9', 'w10'] as const),
  ...(['w11.1', 'w11.2', 'w11.3', 'w12'] as const),
  ...(['w1s', 'w2s', 'w6s'] as const),
] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly connections: 'new' | 'standing' | 'idle';
  readonly sessions: number;
  /** Clients send MAIL, RCPT and DATA in one group where the server allows it; else each waits for its reply. */
  readonly isPipelined: boolean;
  readonly contentOctets: number;
  /** STARTTLS and AUTH PLAIN. */
  readonly needsLogin: boolean;
  /** Recipients of a message. */
  readonly recipients: number;
  readonly domains: readonly string[];
  /** Relay domains in the table; more than the traffic's make it a big one. */
  readonly domainsInTable: number;
  /** `held`: no hop gets it, a rule holds every message. */
  readonly nextHop: 'sink' | 'ses' | 'held';
  /** Screening rules of the server, none of which is about the traffic's messages. */
  readonly screeningRules: 0 | 10;
  /** Milliseconds that the sink's replies are on their way: a hop that is far away. */
  readonly hopMs: number;
  /** Addresses that clients come from. */
  readonly clientAddresses: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

const PLAIN = {
  connections: 'standing',
  sessions: 20,
  isPipelined: true,
  contentOctets: KIB,
  needsLogin: false,
  recipients: 1,
  domains: [DOMAIN],
  domainsInTable: 1,
  nextHop: 'sink',
  screeningRules: 0,
  hopMs: 0,
  clientAddresses: 1,
} as const satisfies Partial<Workload>;

const LISTED_DOMAINS = 100_000;
const DOMAINS_IN_TRAFFIC = 1000;

/** One of the many domains in the table. */
export function listedDomain(number: number): string {
  return `d${number}.bench.example`;
}

/** Every hundredth of the table, so that they lie all over it. */
const TRAFFIC_DOMAINS = Array.from({ length: DOMAINS_IN_TRAFFIC }, (_, index) =>
  listedDomain(index * (LISTED_DOMAINS / DOMAINS_IN_TRAFFIC)),
);

type NamedWorkload = Workload & { readonly name: WorkloadName };

const PIPELINED: readonly NamedWorkload[] = [
  { ...PLAIN, name: 'w1', title: '1 KiB, a new connection each, 20 at a time', connections: 'new' },
  { ...PLAIN, name: 'w2', title: '1 KiB over 20 standing connections' },
  { ...PLAIN, name: 'w3', title: '10 MiB over 4 standing connections', sessions: 4, contentOctets: 10 * MIB },
  {
    ...PLAIN,
    name: 'w4',
    title: '4 KiB, a new connection each with STARTTLS and AUTH PLAIN, 20 at a time',
    connections: 'new',
    contentOctets: 4 * KIB,
    needsLogin: true,
  },
  { ...PLAIN, name: 'w5', title: '5,000 idle sessions after EHLO', connections: 'idle', sessions: 5000 },
  { ...PLAIN, name: 'w6', title: '1 KiB, one at a time over one standing connection', sessions: 1 },
  { ...PLAIN, name: 'w7', title: '1 KiB over 20 standing connections, through SES', nextHop: 'ses' },
  {
    ...PLAIN,
    name: 'w8',
    title: '1 KiB over 20 standing connections, 100,000 relay domains listed, 1,000 in use',
    domains: TRAFFIC_DOMAINS,
    domainsInTable: LISTED_DOMAINS,
  },
  { ...PLAIN, name: 'w9', title: '1 KiB to 50 recipients over 20 standing connections', recipients: 50 },
  { ...PLAIN, name: 'w10', title: 'the same, with a next hop 20 ms away', recipients: 50, hopMs: 20 },
];

/** The same on a server with ten screening rules. */
const SCREENED: readonly NamedWorkload[] = (['w1', 'w2', 'w3'] as const).flatMap((name) => {
  const streamed = PIPELINED.filter((workload) => workload.name === name);
  return streamed.map((workload) => ({
    ...workload,
    name: `w11.${name.slice(1)}` as WorkloadName,
    title: `${workload.title}, ten screening rules`,
    screeningRules: 10 as const,
  }));
});

const HELD: NamedWorkload = {
  ...PLAIN,
  name: 'w12',
  title: '1 KiB over 20 standing connections, held',
  nextHop: 'held',
};

/** The same from clients that go step by step, as libraries that submit mail do; mail servers send groups. */
const STEPWISE: Partial<Record<WorkloadName, WorkloadName>> = { w1: 'w1s', w2: 'w2s', w6: 'w6s' };

export const WORKLOADS: readonly NamedWorkload[] = [
  ...PIPELINED,
  ...SCREENED,
  HELD,
  ...PIPELINED.flatMap((workload) => {
    const name = STEPWISE[workload.name];
    if (name === undefined) return [];
    return [{ ...workload, name, title: `${workload.title}, step by step`, isPipelined: false }];
  }),
];

/** Why a subject cannot serve it; `undefined` when it can. */
export function unsuited(
  { nextHop, needsLogin, connections, screeningRules }: Workload,
  subject: SubjectName,
): string | undefined {
  if ((screeningRules > 0 || nextHop === 'held') && subject !== 'postern') return 'has no message screener';
  if (nextHop === 'ses' && subject !== 'postern') return 'has no adapter for SES';
  if (needsLogin && subject === 'pipe') return 'cannot end TLS; tls-relay stands for it';
  if (needsLogin && subject === 'postfix') return 'needs a SASL service beside it';
  if (!needsLogin && subject === 'tls-relay') return 'is for TLS alone';
  // A process a session.
  if (connections === 'idle' && subject === 'postfix') return 'would need a process for each';
  return undefined;
}
