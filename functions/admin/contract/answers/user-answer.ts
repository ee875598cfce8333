/** What `/users` answers. */
import * as z from 'zod';
import { SENDING_LIMITS, type SendingLimit } from '../../../../policy/user.ts';
import { keptAnswer } from './item-answer.ts';
import { pageAnswer } from './page-answer.ts';

/**
 * A user whose values people may have edited into anything; `problem` says what is wrong with them then. The attributes
 * of a sound user are named for those who read the document.
 */
export const userAnswer = z.looseObject({
  user: z.string(),
  enabled: z.unknown().meta({ description: 'Whether the user may log in; true' }),
  servers: z.unknown().meta({ description: 'Published servers on which the user may log in; a list of names' }),
  senders: z.unknown().meta({ description: 'Senders that MAIL may name: addresses, *@domain, *' }),
  mayBounce: z.unknown().meta({ description: 'Whether MAIL may name the null reverse-path; true' }),
  limits: z.unknown().meta({ description: `Any of ${SENDING_LIMITS.join(', ')}` }),
  hasPassword: z.boolean().meta({ description: 'False for a user who logs in by OAuth alone' }),
  note: z.unknown().optional(),
  used: z
    .object(Object.fromEntries(SENDING_LIMITS.map((name) => [name, z.int()])) as Record<SendingLimit, z.ZodInt>)
    .optional()
    .meta({ description: 'What was sent in this hour and day (UTC), limited or not' }),
  ...keptAnswer,
});
export type UserAnswer = z.output<typeof userAnswer>;

export const usersAnswer = z.object({ users: z.array(userAnswer), ...pageAnswer });

export const lockoutAnswer = z.object({
  user: z.string().meta({ description: 'The name that was tried' }),
  network: z.string().meta({ description: 'From where: an IPv4 address as /32, of IPv6 its /64' }),
  failures: z.int(),
  until: z.string().meta({ description: 'ISO time at which they are forgotten, unless there are more' }),
  lockedOn: z.array(z.string()).meta({ description: 'Servers on which the network may not log in as the user' }),
});
export type LockoutAnswer = z.output<typeof lockoutAnswer>;

export const lockoutsAnswer = z.object({ lockouts: z.array(lockoutAnswer), ...pageAnswer });

export const unlockAnswer = z.object({
  /** Client networks whose failed logins were forgotten. */
  unlocked: z.int(),
  /** False where there were too many for one request: it is to be repeated. */
  done: z.boolean(),
});
