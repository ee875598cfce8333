/**
 * Tags by which a message goes to Amazon SES, and which SES names in each of its events about the message: whose it is, so
 * that an event is joined to its transaction without a look-up. Recipients never see them.
 *
 * They go as parameters of the call: beside those SES passes over what a client wrote into the header (X-SES-MESSAGE-TAGS;
 * "Specify your configuration set when you send email" in the developer guide of SES), so that no one has events told of
 * another's mail.
 *
 * A value may have ASCII letters, digits, `_` and `-`, 255 at most (MessageTag in the API reference of SES). So every other
 * octet of UTF-8, and `_` itself, is written `_XX` in hexadecimal digits.
 */

export interface SesOrigin {
  readonly server: string;
  /** Id of the transaction, as the client heard it with 250. */
  readonly transaction: string;
  /** Who had logged in. */
  readonly identity?: string | undefined;
  /** Whether the client's reverse-path was the null one: no report is made about such a message. */
  readonly hasNullSender: boolean;
}

export interface SesTag {
  readonly Name: string;
  readonly Value: string;
}

const NAMES = {
  server: 'postern-server',
  transaction: 'postern-transaction',
  identity: 'postern-identity',
  nullSender: 'postern-null-sender',
} as const;

const MAX_VALUE = 255;

/** Tags of a message; one whose value would be too long is left out. */
export function sesTags({ server, transaction, identity, hasNullSender }: SesOrigin): SesTag[] {
  const values: readonly (readonly [string, string | undefined])[] = [
    [NAMES.server, server],
    [NAMES.transaction, transaction],
    [NAMES.identity, identity],
    [NAMES.nullSender, hasNullSender ? 'true' : undefined],
  ];
  return values.flatMap(([Name, text]) => {
    const Value = text === undefined ? '' : escaped(text);
    return Value === '' || Value.length > MAX_VALUE ? [] : [{ Name, Value }];
  });
}

/** The server, transaction and user of a message, by the tags of an event; `undefined` where it is none of Postern's. */
export function readSesTags(tags: Readonly<Record<string, readonly string[]>>): SesOrigin | undefined {
  const tagged = (name: string): string | undefined => {
    const [value] = tags[name] ?? [];
    return value === undefined ? undefined : unescaped(value);
  };
  const server = tagged(NAMES.server);
  const transaction = tagged(NAMES.transaction);
  if (!server || !transaction) return undefined;
  return {
    server,
    transaction,
    identity: tagged(NAMES.identity),
    hasNullSender: tagged(NAMES.nullSender) === 'true',
  };
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/gu, (character) =>
    [...new TextEncoder().encode(character)].map((octet) => `_${octet.toString(16).padStart(2, '0')}`).join(''),
  );
}

function unescaped(value: string): string {
  return value.replace(/(?:_[0-9A-Fa-f]{2})+/g, (octets) =>
    new TextDecoder().decode(Uint8Array.from(octets.slice(1).split('_'), (digits) => Number.parseInt(digits, 16))),
  );
}
