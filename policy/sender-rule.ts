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
 * The item that denies mail from `sender`: its address's, else its domain's; `undefined` when none does.
 *
 * @param denied items by canonical pattern
 */
export function senderDenial(sender: Mailbox, denied: ReadonlyMap<string, string>): string | undefined {
  if (denied.size === 0) return undefined;
  return denied.get(canonicalAddress(sender)) ?? denied.get(`*@${sender.domain}`);
}

/**
 * The user's own address: the login name where it is one, else the first address in `senders`. `undefined` where there is
 * none, or each is denied: it is the name of what has no sender of its own.
 *
 * @param patterns canonical forms, as `parseSenderPattern` gives them
 */
export function ownAddress(
  name: string,
  patterns: readonly string[],
  denied: ReadonlyMap<string, string>,
): string | undefined {
  return [name, ...patterns].find((text) => {
    const mailbox = parseMailbox(text);
    if (!mailbox.ok || mailbox.value.localPart === '*') return false;
    return maySendAs(mailbox.value, patterns) && senderDenial(mailbox.value, denied) === undefined;
  });
}

/**
 * Whether an identity may send as `sender`.
 *
 * @param patterns canonical forms, as `parseSenderPattern` gives them
 */
export function maySendAs(sender: Mailbox, patterns: readonly string[]): boolean {
  return ['*', `*@${sender.domain}`, canonicalAddress(sender)].some((pattern) => patterns.includes(pattern));
}
