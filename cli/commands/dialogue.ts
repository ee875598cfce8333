/** A client's dialogue as people write it in a file. */
import * as z from 'zod';
import { readJson } from '../text-input.ts';

const entriesSchema = z.array(z.union([z.string(), z.record(z.string(), z.unknown())]));
export type Dialogue = z.output<typeof entriesSchema>;

/** Lines, or a JSON array of what the API takes; the line end of the last line begins no other. */
export function readDialogue(text: string, name: string): Dialogue {
  if (/^\s*\[/.test(text)) return readJson(text, name, entriesSchema);
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
