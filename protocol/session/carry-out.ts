/** Carries a command out that the screen let pass: its handler, unless it is out of order or has an argument too many. */
import { REPLIES } from '../../policy/reply.ts';
import { type ImplementedVerb, isImplemented, type Verb } from '../../policy/verb.ts';
import { AUTH, refuseAuthentication } from '../verbs/auth.ts';
import { DATA } from '../verbs/data.ts';
import { EHLO, HELO, STARTTLS } from '../verbs/hello.ts';
import { MAIL } from '../verbs/mail.ts';
import { HELP, NOOP, QUIT, RSET, VRFY } from '../verbs/plain.ts';
import { RCPT } from '../verbs/rcpt.ts';
import type { SessionContext } from './session-context.ts';
import { OUT_OF_ORDER } from './session-state.ts';

type Handler = (context: SessionContext, argument: string) => void;

const HANDLERS: Readonly<Record<ImplementedVerb, Handler>> = {
  HELO,
  EHLO,
  STARTTLS,
  AUTH,
  MAIL,
  RCPT,
  DATA,
  RSET,
  NOOP,
  QUIT,
  HELP,
  VRFY,
};

/** Verbs that take no argument (RFC 5321 section 4.1.1; RFC 3207 section 4). */
const BARE_VERBS: ReadonlySet<Verb> = new Set<Verb>(['DATA', 'RSET', 'QUIT', 'STARTTLS']);

export function carryOut(context: SessionContext, verb: Verb, argument: string): undefined {
  if (!isImplemented(verb)) throw new TypeError(`${verb} passed the screen, and nothing carries it out`);
  if (verb === 'AUTH' && refuseAuthentication(context)) return;
  if (argument !== '' && BARE_VERBS.has(verb)) return context.refuse(REPLIES.noArgument);
  const outOfOrder = OUT_OF_ORDER[context.state.kind]?.[verb];
  if (outOfOrder !== undefined) context.reply(outOfOrder);
  else HANDLERS[verb](context, argument);
}
