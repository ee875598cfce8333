/** RSET, NOOP, QUIT, HELP and VRFY (RFC 5321 sections 4.1.1.5 to 4.1.1.10): what needs no one else. */
import { REPLIES } from '../../policy/reply.ts';
import type { SessionContext } from '../session/session-context.ts';

export function RSET(context: SessionContext): void {
  context.giveUpTransaction('RSET');
  context.enter('RSET');
  context.reply(REPLIES.ok);
}

export function NOOP(context: SessionContext): void {
  context.reply(REPLIES.ok);
}

export function QUIT(context: SessionContext): void {
  context.closeWith(REPLIES.goodbye, 'QUIT', true);
}

export function HELP(context: SessionContext): void {
  context.reply(REPLIES.help);
}

/** Never tells who has a mailbox (RFC 5321 section 7.3). */
export function VRFY(context: SessionContext, argument: string): void {
  context.reply(argument === '' ? REPLIES.badArgument : REPLIES.cannotVerify);
}
