/** A list of events that does not end. */
import type { EventAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';
import type { Context } from '../../context.ts';
import { type Column, cellText } from '../../output/table.ts';

/** Characters that a column has at least, by what is usual in it; what is longer pushes the rest on. */
const USUAL: Readonly<Record<string, number>> = {
  TIME: 8,
  ENDED: 8,
  SERVER: 10,
  TYPE: 11,
  SESSION: 12,
  CLIENT: 15,
};

/** One line an event as it comes, below headings. */
export async function showFollowed(
  columns: readonly Column<EventAnswer>[],
  events: AsyncIterable<EventAnswer>,
  { output, nowMs }: Context,
): Promise<number> {
  const padded = (heading: string, text: string): string => text.padEnd(USUAL[heading] ?? 0);
  if (!output.isJson) {
    output.note('Waiting for events; Ctrl-C ends.');
    output.line(columns.map(({ heading }) => padded(heading, heading)).join('  '), 'bold');
  }
  for await (const event of events) {
    if (output.isJson) output.jsonLine(event);
    else {
      const cells = columns.map(({ heading, cell, kind }) => {
        const text = cellText(cell(event)) || '-';
        return padded(heading, kind === 'time' ? output.zone.short(text, nowMs()) : text);
      });
      output.line(cells.join('  '), columns.at(-1)?.style?.(event));
    }
  }
  return 0;
}
