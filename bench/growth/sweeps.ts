/** How cost grows: one thing at a time is made larger, the rest stays. */
import type { RoundFigures } from '../round.ts';
import { WORKLOADS, type Workload } from '../workload.ts';

const MIB = 1_048_576;
/** Addresses that clients come from: one alone gets half of a hop's connections. */
const CLIENT_ADDRESSES = 50;

/** A figure of each round that a sweep draws. */
export interface DrawnFigure {
  readonly name: string;
  readonly title: string;
  /** `log` where values lie orders apart. */
  readonly scale: 'linear' | 'log';
  readonly of: (round: RoundFigures, at: number) => number;
}

export interface Sweep {
  readonly name: 'sessions' | 'size' | 'recipients';
  readonly title: string;
  readonly axis: string;
  readonly points: readonly { readonly at: number; readonly workload: Workload }[];
  readonly figures: readonly DrawnFigure[];
}

const MEMORY: DrawnFigure = {
  name: 'memory',
  title: 'resident memory at most, MiB',
  scale: 'linear',
  of: ({ memory }) => memory.peakOctets / MIB,
};
const LATENCY: DrawnFigure = {
  name: 'latency',
  title: 'latency p99, ms',
  scale: 'log',
  of: ({ latencyMs }) => latencyMs.p99,
};

export const SWEEPS: readonly Sweep[] = [
  {
    name: 'sessions',
    title: '1 KiB messages over standing connections',
    axis: 'concurrent sessions',
    points: points([1, 10, 100, 1000], (sessions) => ({
      sessions,
      clientAddresses: Math.min(sessions, CLIENT_ADDRESSES),
    })),
    figures: [
      { name: 'cpu', title: 'CPU µs a message', scale: 'linear', of: ({ cpuMicros }) => cpuMicros },
      { name: 'rate', title: 'messages a second', scale: 'linear', of: ({ messagesPerSecond }) => messagesPerSecond },
      LATENCY,
      MEMORY,
    ],
  },
  {
    name: 'size',
    title: 'Messages of several sizes over 4 standing connections',
    axis: 'KiB of a message',
    points: points([1, 10, 100, 1024, 10_240, 35_840], (kib) => ({ contentOctets: kib * 1024, sessions: 4 })),
    figures: [
      {
        name: 'cpu',
        title: 'CPU seconds a GB',
        scale: 'log',
        of: ({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte,
      },
      { name: 'rate', title: 'MB a second', scale: 'log', of: ({ megabytesPerSecond }) => megabytesPerSecond },
      LATENCY,
      MEMORY,
    ],
  },
  {
    name: 'recipients',
    title: '1 KiB messages over 20 standing connections',
    axis: 'recipients of a message',
    points: points([1, 2, 5, 10, 20, 50], (recipients) => ({ recipients })),
    figures: [
      { name: 'cpu', title: 'CPU µs a recipient', scale: 'linear', of: ({ cpuMicros }, at) => cpuMicros / at },
      {
        name: 'rate',
        title: 'recipients a second',
        scale: 'linear',
        of: ({ messagesPerSecond }, at) => messagesPerSecond * at,
      },
      LATENCY,
      MEMORY,
    ],
  },
];

/** Changes to w2: standing connections, 20 of them, 1 KiB. */
function points(values: readonly number[], change: (value: number) => Partial<Workload>): Sweep['points'] {
  const base = WORKLOADS.find(({ name }) => name === 'w2');
  if (base === undefined) throw new TypeError('There is no workload w2');
  return values.map((at) => ({ at, workload: { ...base, ...change(at), name: `at ${at}`, title: '' } }));
}
