/** What is asked and answered about certificates. */
import * as z from 'zod';

/** `force`: renews what is not due yet. */
export const renewBody = z.strictObject({ force: z.boolean().default(false) });

/** The event `certificate` tells what came of it. */
export const renewAnswer = z.object({ server: z.string(), requested: z.literal(true) });
