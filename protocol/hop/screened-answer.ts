/** What the Message Screener's verdict comes to for the client, where no next hop is asked. */
import { REPLIES, withText } from '../../policy/reply.ts';
import type { ScreenVerdict } from '../../policy/screen/screen-rule.ts';
import type { HopAnswer } from './hop-answer.ts';

/** The rule that decided, or the name of what decides where no rule does. */
export function decidingRule({ decisive }: ScreenVerdict): string {
  return decisive?.rule ?? 'screen';
}

/**
 * The answer to a message that no hop gets, `held` once it is stored; `undefined` where it is to be handed on, to its
 * recipients or to another address.
 */
export function answerWithoutHop(verdict: ScreenVerdict): HopAnswer | undefined {
  const rule = decidingRule(verdict);
  switch (verdict.action) {
    case 'accept':
    case 'forward':
      return undefined;
    case 'refuse':
      return {
        reply: withText(REPLIES.screenRefused, verdict.reply ?? REPLIES.screenRefused.text),
        isTaken: false,
        rule,
      };
    case 'discard':
      return { reply: REPLIES.ok, isTaken: true, rule, verdict: 'discarded' };
    case 'hold':
      return { reply: REPLIES.ok, isTaken: true, rule, verdict: 'held' };
  }
}
