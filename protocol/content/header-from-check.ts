/** Whether an identity may use the address that its message says it is from (`checkHeaderFrom`). */
import { REPLIES, withText } from '../../policy/reply.ts';
import { maySendAs } from '../../policy/sender-rule.ts';
import type { SessionContext } from '../session/session-context.ts';
import type { RefusedContent } from '../session/transaction.ts';
import { HeaderFromReader } from './header-from.ts';

const RULE = 'settings#checkHeaderFrom';
/** Characters of an address in a reply: the line stays below 512 octets (RFC 5321 section 4.5.3.1.5). */
const MAX_NAMED = 320;

export class HeaderFromCheck {
  readonly #reader = new HeaderFromReader();
  readonly #senders: readonly string[];
  #isJudged = false;

  constructor(senders: readonly string[]) {
    this.#senders = senders;
  }

  /**
   * Takes content on its way to the next hop, and judges the field once the header is over.
   *
   * @param isEnd whether no more content comes
   * @returns what there is against it, once; `undefined` as long as there is nothing
   */
  receive(pieces: readonly Uint8Array[], isEnd: boolean): RefusedContent | undefined {
    if (this.#isJudged) return undefined;
    for (const octets of pieces) this.#reader.receive(octets);
    if (!this.#reader.isDone && !isEnd) return undefined;
    this.#isJudged = true;
    return this.#judge();
  }

  #judge(): RefusedContent | undefined {
    const from = this.#reader.result();
    if (from.kind === 'absent') return undefined;
    if (from.kind === 'unreadable') return refusalOf('From field cannot be read as one list of addresses');
    const foreign = from.mailboxes.find((mailbox) => !maySendAs(mailbox, this.#senders));
    if (foreign === undefined) return undefined;
    const named = foreign.text.replace(/[^\x21-\x7E]/g, '?').slice(0, MAX_NAMED);
    return refusalOf(`From address <${named}> not allowed for this user`);
  }
}

function refusalOf(text: string): RefusedContent {
  return { reply: withText(REPLIES.headerFromNotAllowed, text), refusal: { rule: RULE, verb: 'DATA' } };
}

/** The check that a message of this session needs; an identity that may send as anybody needs none. */
export function headerFromCheck({ identity, policy }: SessionContext): HeaderFromCheck | undefined {
  if (!policy.settings.checkHeaderFrom || identity === undefined || identity.senders.includes('*')) return undefined;
  return new HeaderFromCheck(identity.senders);
}
