/** What a message must have to be found, and the key of the index by which it is looked for. */
import { isInNetworks, type Network, networkText } from '../../policy/client-network.ts';
import type { Verdict } from '../../policy/event.ts';
import type { EventAttributes } from '../history/event-reader.ts';
import {
  COMMON_RULE,
  clientSearchKey,
  domainOf,
  rulesOf,
  type SearchKey,
  searchKey,
  senderText,
  type Transaction,
  verdictsOf,
} from './search-key.ts';

/** What is absent is not asked for. */
export interface MessageCriteria {
  /** An address, or `@domain`, in lower case; of the sender `<>` for the null reverse-path, too. */
  readonly recipient?: string | undefined;
  readonly sender?: string | undefined;
  readonly client?: Network | undefined;
  readonly identity?: string | undefined;
  /** One of these, for the message or any recipient. */
  readonly verdicts?: readonly Verdict[] | undefined;
  readonly rule?: string | undefined;
  /** Without its angle brackets. */
  readonly messageId?: string | undefined;
}

/**
 * The keys by which the index is asked, of which a message must have one: those that the fewest messages have.
 * `undefined` where all that is asked for is what most messages have: then the messages themselves are looked at.
 */
export function indexKeys(criteria: MessageCriteria): readonly SearchKey[] | undefined {
  const { recipient, sender, client, identity, messageId, rule, verdicts } = criteria;
  const keys = [
    messageId === undefined ? undefined : searchKey('message-id', messageId),
    addressKey('recipient', recipient),
    addressKey('sender', sender),
    client === undefined ? undefined : clientSearchKey(networkText(client)),
    identity === undefined ? undefined : searchKey('identity', identity),
    domainKey('recipient-domain', recipient),
    domainKey('sender-domain', sender),
    rule === undefined || rule === COMMON_RULE ? undefined : searchKey('rule', rule),
  ];
  const key = keys.find((each) => each !== undefined);
  if (key !== undefined) return [key];
  if (verdicts === undefined || verdicts.includes('accepted')) return undefined;
  return verdicts.map((verdict) => searchKey('verdict', verdict));
}

function addressKey(kind: 'recipient' | 'sender', wanted: string | undefined): SearchKey | undefined {
  return wanted === undefined || wanted.startsWith('@') ? undefined : searchKey(kind, wanted);
}

function domainKey(kind: 'recipient-domain' | 'sender-domain', wanted: string | undefined): SearchKey | undefined {
  return wanted?.startsWith('@') ? searchKey(kind, wanted.slice(1)) : undefined;
}

/** Whether an event is a message that has all that is asked for. */
export function isFound(event: EventAttributes, criteria: MessageCriteria): boolean {
  if (event.type !== 'transaction') return false;
  const message = event as unknown as Transaction;
  const { recipient, sender, client, identity, verdicts, rule, messageId } = criteria;
  if (recipient !== undefined && !message.recipients.some(({ address }) => isAddress(address.toLowerCase(), recipient)))
    return false;
  if (sender !== undefined && !isAddress(senderText(message.sender), sender)) return false;
  if (client !== undefined && !isInNetworks([client], message.client.address)) return false;
  if (identity !== undefined && message.identity !== identity) return false;
  if (rule !== undefined && !rulesOf(message).has(rule)) return false;
  if (messageId !== undefined && message.messageId !== messageId) return false;
  const own = verdictsOf(message);
  return verdicts?.some((verdict) => own.has(verdict)) ?? true;
}

function isAddress(address: string, wanted: string): boolean {
  return wanted.startsWith('@') ? domainOf(address) === wanted.slice(1) : address === wanted;
}
