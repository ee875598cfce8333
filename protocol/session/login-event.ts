/** The event of a login, however it came out and whoever judged it. No credential has a field in it. */
import type { Reply } from '../../policy/reply.ts';
import type { SessionContext } from './session-context.ts';
import { replyLine } from './transaction.ts';

/** Characters of a name that are kept. */
const MAX_NAME = 256;

export interface Login {
  readonly mechanism: string;
  readonly username: string;
  readonly verdict: 'permit' | 'reject' | 'defer';
  readonly reply: Reply;
}

export function recordLogin(context: SessionContext, { mechanism, username, verdict, reply }: Login): void {
  context.record({ type: 'login', mechanism, username: username.slice(0, MAX_NAME), verdict, reply: replyLine(reply) });
}
