/** A list of which the first entries are shown, and the rest is counted. */
import { takeFirst } from './collect.ts';
import type { Context } from './context.ts';
import type { Column } from './output/table.ts';

export interface ShownList<Entry> {
  readonly columns: readonly Column<Entry>[];
  readonly entries: AsyncGenerator<Entry>;
  /** `undefined`: all of them. */
  readonly limit: number | undefined;
  /** What is said where there are none. */
  readonly nothing: string;
}

/** Milliseconds for counting what is not shown. */
const COUNTING_MS = 1000;

export async function showFirst<Entry>(
  { columns, entries, limit, nothing }: ShownList<Entry>,
  { output, nowMs }: Context,
): Promise<void> {
  const { taken, hasMore, countRest } = await takeFirst(entries, limit);
  output.list(columns, taken, nothing);
  const untilMs = nowMs() + COUNTING_MS;
  // Programs that read a list are told that it goes on, and do not wait for the number.
  const rest = await countRest(() => !output.isText || nowMs() > untilMs);
  if (!hasMore) return;
  const total = (taken.length + rest.count).toLocaleString('en-US');
  const of = rest.isAll ? total : output.isText ? `more than ${total}` : 'more';
  const text = `${taken.length.toLocaleString('en-US')} of ${of}; --limit 0 shows all`;
  if (output.isText) output.line(text, 'dim');
  else output.note(text);
}
