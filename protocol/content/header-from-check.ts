/** Whether an identity may use the addresses that its message says it is from (`checkHeaderFrom`, `checkHeaderSender`). */
import { maySendAs } from '../../policy/sender-rule.ts';
import type { Settings } from '../../policy/settings.ts';
import { parseAddressList } from './address-list.ts';
import { type GatheredFields, HeaderFieldsReader } from './header-from.ts';

/** Characters of an address in a reply: the line stays below 512 octets (RFC 5321 section 4.5.3.1.5). */
const MAX_NAMED = 320;

/** What there is against a field of a message. */
export interface HeaderFault {
  readonly setting: 'checkHeaderFrom' | 'checkHeaderSender';
  /** Printable ASCII, for the reply. */
  readonly text: string;
}

interface CheckedField {
  readonly setting: HeaderFault['setting'];
  /** As it is written. */
  readonly field: string;
  /** How often it stands in a message that keeps to RFC 5322 section 3.6; a resent one has its fields for each time. */
  readonly least: number;
  readonly most: number;
}

const CHECKED_FIELDS: readonly CheckedField[] = [
  { setting: 'checkHeaderFrom', field: 'From', least: 1, most: 1 },
  { setting: 'checkHeaderSender', field: 'Sender', least: 0, most: 1 },
  { setting: 'checkHeaderSender', field: 'Resent-From', least: 0, most: Number.POSITIVE_INFINITY },
  { setting: 'checkHeaderSender', field: 'Resent-Sender', least: 0, most: Number.POSITIVE_INFINITY },
];

export class HeaderFromCheck {
  readonly #checked: readonly CheckedField[];
  readonly #reader: HeaderFieldsReader;
  readonly #senders: readonly string[];
  #isJudged = false;

  /**
   * @param senders patterns of what the identity may use
   * @param settings which fields are asked about; at least one
   */
  constructor(senders: readonly string[], settings: Pick<Settings, CheckedField['setting']>) {
    this.#checked = CHECKED_FIELDS.filter(({ setting }) => settings[setting]);
    this.#reader = new HeaderFieldsReader(this.#checked.map(({ field }) => field.toLowerCase()));
    this.#senders = senders;
  }

  /**
   * Takes content on its way to the next hop, and judges its fields once the header is over.
   *
   * @param isEnd whether no more content comes
   * @returns what there is against it, once; `undefined` as long as there is nothing
   */
  receive(pieces: readonly Uint8Array[], isEnd: boolean): HeaderFault | undefined {
    if (this.#isJudged) return undefined;
    for (const octets of pieces) this.#reader.receive(octets);
    if (!this.#reader.isDone && !isEnd) return undefined;
    this.#isJudged = true;
    const gathered = this.#reader.result();
    for (const checked of this.#checked) {
      const fault = this.#judge(checked, gathered);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #judge({ setting, field, least, most }: CheckedField, gathered: GatheredFields): HeaderFault | undefined {
    const refuse = (text: string): HeaderFault => ({ setting, text });
    const unreadable = `${field} field cannot be read as one list of addresses`;
    if (gathered.kind === 'unreadable') return refuse(unreadable);
    const values = gathered.fields.filter(({ name }) => name === field.toLowerCase()).map(({ value }) => value);
    if (values.length < least) return refuse(`${field} field is missing`);
    if (values.length > most) return refuse(unreadable);
    for (const value of values) {
      const mailboxes = parseAddressList(Buffer.from(value, 'latin1').toString('utf8'));
      if (mailboxes === undefined) return refuse(unreadable);
      const foreign = mailboxes.find((mailbox) => !maySendAs(mailbox, this.#senders));
      if (foreign === undefined) continue;
      const named = foreign.text.replace(/[^\x21-\x7E]/g, '?').slice(0, MAX_NAMED);
      return refuse(`${field} address <${named}> not allowed for this user`);
    }
    return undefined;
  }
}
