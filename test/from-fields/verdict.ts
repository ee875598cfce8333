/** What the check says to a message, and what the message is at the next hop. */
import { parseMailbox } from '../../policy/address.ts';
import { maySendAs } from '../../policy/sender-rule.ts';
import { ContentStart } from '../../protocol/content/content-start.ts';
import { HeaderFromCheck } from '../../protocol/content/header-from-check.ts';
import type { Authors } from './readers.ts';

const TRACE =
  'Received: from c ([192.0.2.1])\r\n\tby mx.example (Postern) with ESMTPSA\r\n\tid S.1;\r\n\tSun, 1 Nov 2026 00:00:00 +0000\r\n';

export interface Judged {
  readonly isTaken: boolean;
  readonly reply: string | undefined;
  /** The message as the reader gets it. */
  readonly message: Buffer;
}

/** @param content as a client sends it, but not dot-stuffed; no line of it begins with a dot */
export function judge(content: Buffer, senders: readonly string[]): Judged {
  const pieces = new ContentStart().receive([content], true);
  const check = new HeaderFromCheck(senders, { checkHeaderFrom: true, checkHeaderSender: false });
  const fault = check.receive(pieces, true);
  return {
    isTaken: fault === undefined,
    reply: fault?.text,
    message: Buffer.concat([Buffer.from(TRACE), ...pieces]),
  };
}

/** What could be taken for an address in what a reader shows: it may leave a bracket or a quote at it. */
const ADDRESS = /[^\s<>()[\]",;:@\\]+@[^\s<>()[\]",;:@\\]+/g;

/** What a reader shows as an author's address and the user may not use: `reader: address` each. */
export function foreignAuthors(authors: Authors, senders: readonly string[]): readonly string[] {
  return Object.entries(authors).flatMap(([reader, shown]) =>
    shown.filter((text) => text.includes('@') && !isOwn(text, senders)).map((text) => `${reader}: ${text}`),
  );
}

function isOwn(text: string, senders: readonly string[]): boolean {
  const isOne = (address: string): boolean => {
    const mailbox = parseMailbox(address);
    return mailbox.ok && maySendAs(mailbox.value, senders);
  };
  return isOne(text) || (text.match(ADDRESS) ?? ['']).every(isOne);
}
