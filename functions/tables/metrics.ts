/**
 * Metrics of a batch of events in CloudWatch's embedded metric format: a JSON line on standard output is all it takes,
 * no call and no permission. Alarms are made of these names.
 */
import type { PosternEvent } from '../../policy/event.ts';
import { DEFAULT_METRIC_NAMESPACE, EVENT_METRICS, METRIC_DIMENSION } from '../../policy/metrics.ts';
import { ENV_METRIC_NAMESPACE } from './env.ts';

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
  readonly [METRIC_DIMENSION]: string;
  readonly [metric: string]: unknown;
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
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[METRIC_DIMENSION]], Metrics: METRIC_UNITS }],
    },
    [METRIC_DIMENSION]: server,
    ...totals(own),
  }));
}

const METRIC_UNITS = Object.keys(EVENT_METRICS).map(
  (name) => ({ Name: name, Unit: name === 'AcceptedOctets' ? 'Bytes' : 'Count' }) as const,
);

function totals(events: readonly PosternEvent[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(EVENT_METRICS).map(([name, count]) => [name, events.reduce((sum, event) => sum + count(event), 0)]),
  );
}
