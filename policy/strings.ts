/** Sets of strings in an item. */
import * as z from 'zod';
import type { ParseResult } from './result.ts';

/** DynamoDB gives a string set as `Set`; a list of strings, easily typed in the console, means the same. */
export const stringsSchema = z.union([z.set(z.string()), z.array(z.string())]).transform((strings) => [...strings]);

/** A set of strings, each read by `parse`; every one that does not parse is a problem. */
export function stringsParsedBy<T>(parse: (text: string) => ParseResult<T>) {
  return stringsSchema.transform((texts, context): readonly T[] => {
    const values: T[] = [];
    for (const text of texts) {
      const result = parse(text);
      if (result.ok) values.push(result.value);
      else context.addIssue({ code: 'custom', message: result.problem });
    }
    return values;
  });
}
