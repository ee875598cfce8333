/** Which sender addresses an identity may use in MAIL. */
import { canonicalAddress, type Mailbox, parseDomain, parseMailbox } from './address.ts';
import { type ParseResult, parsed, unparsed } from './result.ts';

/** Reads one entry of `senders`, `user@domain`, `*@domain` or `*`, and gives its canonical form. */
export function parseSenderPattern(text: string): ParseResult<string> {
  if (text === '*') return parsed(text);
  if (text.startsWith('*@')) {
    const domain = parseDomain(text.slice(2));
    return domain.ok ? parsed(`*@${domain.value}`) : domain;
  }
  const mailbox = parseMailbox(text);
  // `"*"@domain` would become the pattern of all.
  return mailbox.ok && mailbox.value.localPart !== '*'
    ? parsed(canonicalAddress(mailbox.value))
    : unparsed(`"${text}" is neither an address, *@domain nor *`);
}

/**
 * Whether MAIL may name `sender`. The null reverse-path (`undefined`) is nobody's address and no pattern allows it.
 *
 * @param patterns canonical forms, as `parseSenderPattern` gives them
 */
export function maySendAs(sender: Mailbox | undefined, patterns: readonly string[]): boolean {
  if (sender === undefined) return false;
  return ['*', `*@${sender.domain}`, canonicalAddress(sender)].some((pattern) => patterns.includes(pattern));
}
