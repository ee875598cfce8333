/** A log that a test reads. */
import type { Log, LogFields } from '../../edge-proxy/log.ts';

export interface TestLog {
  readonly log: Log;
  readonly lines: LogFields[];
  /** Lines of one event, oldest first. */
  of(event: string): LogFields[];
}

export function testLog(): TestLog {
  const lines: LogFields[] = [];
  return {
    lines,
    log: (fields, json) =>
      void lines.push(json === undefined ? fields : { ...fields, [json.field]: JSON.parse(json.text) }),
    of: (event) => lines.filter((line) => line.event === event),
  };
}
