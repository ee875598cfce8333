/** Ids that EC2 gives. */
import * as z from 'zod';

export function resourceId(kind: string) {
  const form = new RegExp(`^${kind}-[0-9a-f]{8,17}$`);
  return z.string().regex(form, { error: ({ input }) => `"${input}" is not an id of the form ${kind}-…` });
}
