/** A list of events that does not end. */
import type { EventAnswer } from '../api/answers.ts';
import type { Context } from '../context.ts';
import { type Column, textOf } from '../output/table.ts';

/** One line an event as it comes. Columns cannot know how wide they will be, so each has room for what is usual. */
export async function showFollowed(
  columns: readonly Column<EventAnswer>[],
  events: AsyncIterable<EventAnswer>,
  { output }: Context,
): Promise<number> {
  if (!output.isJson) output.note('Waiting for events; Ctrl-C ends.');
  for await (const event of events) {
    if (output.isJson) output.jsonLine(event);
    else output.line(columns.map(({ cell }) => textOf(cell(event)) || '-').join('  '));
  }
  return 0;
}
