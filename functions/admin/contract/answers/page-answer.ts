/** What the answer of every list has beside its entries. */
import * as z from 'zod';

/** `next`: where the next page goes on; absent on the last one. */
export const pageAnswer = { next: z.string().optional() };
