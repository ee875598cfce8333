/** Times as people read them. */

let lastMs = Number.NaN;
let lastText = '';

/** ISO 8601, UTC, milliseconds; made once for all lines and events of a millisecond. */
export function isoTime(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastText = new Date(timeMs).toISOString();
    lastMs = timeMs;
  }
  return lastText;
}
