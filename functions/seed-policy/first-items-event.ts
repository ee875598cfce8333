/** What CloudFormation asks for, through the CDK's provider: the first items of one server. */
import * as z from 'zod';
import { parsePolicyItem } from '../../policy/item.ts';

/** CloudFormation makes strings of numbers and booleans, so the items come as one string of JSON. */
const itemsSchema = z.string().transform((text, context) => {
  const items = z.array(z.record(z.string(), z.unknown())).safeParse(jsonOf(text));
  if (!items.success) {
    context.addIssue({ code: 'custom', message: 'is not JSON of a list of items' });
    return z.NEVER;
  }
  for (const item of items.data) {
    const result = parsePolicyItem(item);
    if (!result.ok) context.addIssue({ code: 'custom', message: `${String(item.item)}: ${result.problem}` });
  }
  return items.data;
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const firstItemsEventSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResourceProperties: z.object({ Server: z.string().min(1), Items: itemsSchema }),
});

export type FirstItemsEvent = z.output<typeof firstItemsEventSchema>;
