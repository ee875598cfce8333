/** Reads the Received field that the machine puts in front of a message. */

export interface OurReceived {
  readonly from: string;
  readonly address: string;
  readonly by: string;
  /** Transmission type: SMTP, ESMTP, ESMTPSA and so on. */
  readonly with: string;
  readonly id: string;
  readonly for: string | undefined;
  readonly date: string;
}

const OURS =
  /^Received: from (\S+) \((\S+)\)\r\n\tby (\S+) \(Postern\) with (\S+)\r\n\tid (\S+?)(?:\r\n\tfor <([^\r\n]*)>)?;\r\n\t([^\r\n]*)\r\n/;

/**
 * Parts the content that a next hop was given into our field and what the client sent.
 *
 * @param content octets as Latin-1
 * @returns `undefined` when our field does not stand in front
 */
export function splitReceived(content: string): { readonly field: OurReceived; readonly rest: string } | undefined {
  const match = OURS.exec(content);
  if (match === null) return undefined;
  const [field, from = '', address = '', by = '', transmission = '', id = '', recipient, date = ''] = match;
  return {
    field: { from, address, by, with: transmission, id, for: recipient, date },
    rest: content.slice(field.length),
  };
}
