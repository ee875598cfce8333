/** Where Postern and a peer may answer differently, each with its reason; any other difference fails the test. */
import type { Delivered, Subject } from './subject.ts';

export interface Difference {
  readonly peer: Subject['name'];
  /** The command; `content` for the end of data, `delivered` for what came of the dialogue. */
  readonly command: string;
  /** Reply codes, or what was delivered as JSON. */
  readonly ours: string;
  readonly theirs: string;
  /** Commands of the dialogue before it. */
  readonly before: readonly string[];
}

export interface AllowedDifference {
  readonly name: string;
  readonly peer: Subject['name'];
  readonly reason: string;
  /** What the reason rests on. */
  readonly section: string;
  readonly fits: (difference: Difference) => boolean;
}

export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
  {
    name: 'smtp-server refuses a quoted local part with blanks',
    peer: 'smtp-server',
    reason: 'A quoted string may hold any printable character; it reads addresses with a narrower expression.',
    section: 'RFC 5321 section 4.1.2',
    fits: ({ command, ours, theirs }) => /^(?:MAIL|RCPT) .*<".* .*"@/.test(command) && ours < '3' && theirs === '501',
  },
  {
    name: 'smtp-server takes parameters of MAIL after HELO',
    peer: 'smtp-server',
    reason: 'HELO offers no extension, and a parameter that was not offered is 555.',
    section: 'RFC 5321 section 4.1.1.11',
    fits: ({ command, ours, theirs }) => /^MAIL FROM:<.*> /.test(command) && ours === '555' && theirs === '250',
  },
  {
    name: 'smtp-server starts TLS in a transaction',
    peer: 'smtp-server',
    reason:
      'TLS starts the session over; Postern asks that the transaction be ended first, so that none is lost unsaid.',
    section: 'RFC 3207 section 4.2',
    fits: ({ command, ours, theirs }) => command === 'STARTTLS' && ours === '503' && theirs === '220',
  },
  {
    name: 'smtp-server takes AUTH in a transaction',
    peer: 'smtp-server',
    reason: 'AUTH is not permitted during a mail transaction, and is answered 503.',
    section: 'RFC 4954 section 4',
    fits: ({ command, ours, theirs }) => /^AUTH /.test(command) && ours === '503' && /^(?:334|235|535)$/.test(theirs),
  },
  {
    name: 'smtp-server takes UTF-8 in a transaction that did not say SMTPUTF8',
    peer: 'smtp-server',
    reason: 'Without the parameter an address beyond US-ASCII is 553, since the next hop has not been told of it.',
    section: 'RFC 6531 section 3.4',
    fits: ({ command, ours, theirs }) => /[\x80-\xFF]/.test(command) && ours === '553' && theirs === '250',
  },
  {
    name: 'smtp-server counts a recipient named twice as one',
    peer: 'smtp-server',
    reason: 'Each RCPT is a recipient; to send one copy is the delivering server’s choice, which Postern leaves to it.',
    section: 'RFC 5321 section 4.1.1.3',
    fits: ({ command, ours, theirs }) => command === 'delivered' && withoutRepeats(ours) === withoutRepeats(theirs),
  },
  {
    name: 'Postfix takes parameters of MAIL after HELO',
    peer: 'postfix',
    reason: 'HELO offers no extension, and a parameter that was not offered is 555.',
    section: 'RFC 5321 section 4.1.1.11',
    fits: ({ command, ours, theirs }) => /^MAIL FROM:<.*> /.test(command) && ours === '555' && theirs === '250',
  },
  {
    name: 'Postfix has no HELP',
    peer: 'postfix',
    reason: 'HELP may be left out of an implementation; in the profile used here Postern answers it.',
    section: 'RFC 5321 section 4.5.1',
    fits: ({ command, ours, theirs }) => command === 'HELP' && ours === '214' && /^50[02]$/.test(theirs),
  },
  {
    name: 'Postfix verifies',
    peer: 'postfix',
    reason: 'Postern never tells who has a mailbox: 252 for all. Postfix asks its relay restrictions.',
    section: 'RFC 5321 section 7.3',
    fits: ({ command, ours, theirs }) => /^VRFY/.test(command) && ours === '252' && /^[45]/.test(theirs),
  },
  {
    name: 'Postfix remembers the SIZE of a MAIL that it refused',
    peer: 'postfix',
    reason: 'A command that was refused changes nothing; the next MAIL announces its own size, or none.',
    section: 'RFC 1870 section 6.1',
    fits: ({ command, ours, theirs, before }) =>
      /^MAIL/.test(command) &&
      ours === '250' &&
      theirs === '552' &&
      before.some((line) => line.includes('SIZE=99999999')),
  },
  {
    name: 'Postfix starts TLS in a transaction',
    peer: 'postfix',
    reason:
      'TLS starts the session over; Postern asks that the transaction be ended first, so that none is lost unsaid.',
    section: 'RFC 3207 section 4.2',
    fits: ({ command, ours, theirs }) => command === 'STARTTLS' && ours === '503' && theirs === '220',
  },
  {
    name: 'Postfix takes UTF-8 in a transaction that did not say SMTPUTF8',
    peer: 'postfix',
    reason: 'Without the parameter an address beyond US-ASCII is 553, since the next hop has not been told of it.',
    section: 'RFC 6531 section 3.4',
    fits: ({ command, ours, theirs }) => /[\x80-\xFF]/.test(command) && ours === '553' && theirs === '250',
  },
  {
    name: 'Postfix puts an empty line in front of content that begins with a blank',
    peer: 'postfix',
    reason:
      'So that the line does not continue its own Received field; the header behind it becomes text. Postern hands content on as it came.',
    section: 'RFC 5321 section 6.4',
    fits: ({ command, ours, theirs }) =>
      command === 'delivered' && withoutEmptyLineFirst(theirs) === withoutEmptyLineFirst(ours),
  },
];

function withoutRepeats(delivered: string): string {
  const messages: Delivered[] = JSON.parse(delivered);
  return JSON.stringify(
    messages.map((message) => ({
      ...message,
      recipients: [...new Set(message.recipients.map((recipient) => recipient.toLowerCase()))],
    })),
  );
}

/** Content that begins with an empty line and then a blank, as if it began with the blank. */
function withoutEmptyLineFirst(delivered: string): string {
  return delivered.replaceAll(/"content":"\\r\\n(?=[ \\])/g, '"content":"');
}

/** The name of the entry that allows it. */
export function isAllowed(difference: Difference): string | undefined {
  return ALLOWED_DIFFERENCES.find(({ peer, fits }) => peer === difference.peer && fits(difference))?.name;
}
