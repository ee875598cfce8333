/** What a client hears of Amazon SES beside the replies of `policy/reply.ts`. */
import type { Reply } from '../../../policy/reply.ts';
import { SES_NULL_REVERSE_PATH } from '../../../protocol/hop/ses-recipient.ts';

export const SES_REPLIES = {
  // Before SES is asked.
  nullReversePath: SES_NULL_REVERSE_PATH,
  overBudget: { code: 452, enhanced: '4.3.1', text: 'Too many octets on their way to Amazon SES, try again later' },
  repeatedField: { code: 554, enhanced: '5.6.0', text: 'Amazon SES takes this header field only once' },

  // SES judged the message, or who may send it. Its words follow.
  notVerified: { code: 554, enhanced: '5.7.1', text: 'Amazon SES does not let this identity send' },
  rejected: { code: 554, enhanced: '5.7.1', text: 'Amazon SES rejected the message' },
  badMessage: { code: 554, enhanced: '5.6.0', text: 'Amazon SES cannot take this message' },
  badAddress: { code: 553, enhanced: '5.1.3', text: 'Amazon SES cannot take an address' },
  suppressed: { code: 550, enhanced: '5.7.1', text: 'Amazon SES does not send to a recipient' },
  tooLarge: { code: 552, enhanced: '5.3.4', text: 'Message is too large for Amazon SES' },
  suspended: { code: 550, enhanced: '5.7.1', text: 'Amazon SES has stopped this account from sending for good' },

  // It may go through later.
  rateExceeded: { code: 451, enhanced: '4.3.2', text: 'Amazon SES is throttling, try again later' },
  quotaExceeded: { code: 451, enhanced: '4.3.2', text: 'Daily quota of Amazon SES is used up, try again later' },
  limitExceeded: { code: 452, enhanced: '4.3.2', text: 'A limit of Amazon SES is reached, try again later' },
  paused: { code: 451, enhanced: '4.3.2', text: 'Sending through Amazon SES is paused, try again later' },
  unavailable: { code: 451, enhanced: '4.3.0', text: 'Amazon SES is unavailable, try again later' },
  unknownError: { code: 451, enhanced: '4.3.0', text: 'Amazon SES did not take the message, try again later' },
  /** Nothing about the client's mail, and nothing for its eyes: the cause is in the log. */
  misconfigured: { code: 451, enhanced: '4.3.5', text: 'Next hop is not configured correctly, try again later' },
} as const satisfies Record<string, Reply>;
