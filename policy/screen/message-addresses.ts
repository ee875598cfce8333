/** Addresses in a header field of a message, for comparing: whatever a reader could take for one. */
import { canonicalAddress, MAX_PATH_OCTETS, parseMailbox } from '../address.ts';

/** Addresses of one field that are looked at; a list of more tells nothing more. */
const MAX_ADDRESSES = 1000;
const AFTER_LAST_END = /[^\s<>()[\]\\,;:"@]*$/;
const UP_TO_NEXT_END = /^[^\s<>()[\]\\,;:"@]*/;

/** Canonical addresses in a field's value, wherever they stand in it: in a display name too. */
export function addressesOf(value: string): readonly string[] {
  const found: string[] = [];
  for (let at = value.indexOf('@'); at !== -1 && found.length < MAX_ADDRESSES; at = value.indexOf('@', at + 1)) {
    // No further than an address is long, so that no field takes a time that grows faster than it does.
    const [local = ''] = AFTER_LAST_END.exec(value.slice(Math.max(0, at - MAX_PATH_OCTETS), at)) ?? [];
    const [domain = ''] = UP_TO_NEXT_END.exec(value.slice(at + 1, at + 1 + MAX_PATH_OCTETS)) ?? [];
    const mailbox = parseMailbox(`${local}@${domain.replace(/\.$/, '')}`);
    if (mailbox.ok) found.push(canonicalAddress(mailbox.value));
  }
  return found;
}
