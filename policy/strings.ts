/** Sets of strings in an item. */
import * as z from 'zod';
import { quoted, text, textParsedBy } from './console-value.ts';
import type { ParseResult } from './result.ts';

/**
 * DynamoDB gives a string set as `Set`; a list of strings, easily typed in the console, means the same. So does one
 * string, unless it could be several.
 */
function typedStrings(value: unknown): unknown {
  if (value instanceof Set) return [...value];
  return typeof value === 'string' && /^\s*[^\s,;]+\s*$/.test(value) ? [value] : value;
}

function listOf<Element extends z.ZodType>(element: Element) {
  const kind = {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? 'is missing' : `${quoted(input)} is not a set of strings`,
  };
  return z.preprocess(typedStrings, z.array(element, kind));
}

export const stringsSchema = listOf(text());

/** A set of strings, each read by `parse`; every one that does not parse is a problem. */
export function stringsParsedBy<T>(parse: (text: string) => ParseResult<T>) {
  return listOf(textParsedBy(parse));
}
