/**
 * The ways in which an address has been written to make a server relay that should not: source routes, the percent
 * hack, bang paths, quoted addresses, literals, and senders that look like the server's own.
 */

/** What a form asks of the server. */
export interface AddressForm {
  readonly name: string;
  /** Reverse-path as MAIL has it, brackets included. */
  readonly sender: string;
  /** Forward-path as RCPT has it. */
  readonly recipient: string;
  /**
   * Whether the mailbox is, by its letter, in the server's own domain or in none: a server that takes every mailbox of
   * its own takes it too, and does not relay by that.
   */
  readonly isOwn: boolean;
}

export interface FormNames {
  /** A domain that the server is for; its own host name where nothing better is known. */
  readonly own: string;
  /** A domain that it is not for. */
  readonly other: string;
  /** Address literal of the server, with brackets. */
  readonly literal: string;
}

const USER = 'postern-probe';

/** Forms of the recipient; each with whether its letter names the server's own domain or none. */
const RECIPIENTS: readonly (readonly [name: string, path: (names: FormNames) => string, isOwn: boolean])[] = [
  ['plain', ({ other }) => `<${USER}@${other}>`, false],
  ['upper case', ({ other }) => `<${USER.toUpperCase()}@${other.toUpperCase()}>`, false],
  ['without brackets', ({ other }) => `${USER}@${other}`, false],
  ['blanks inside brackets', ({ other }) => `< ${USER}@${other} >`, false],
  ['dot after the domain', ({ other }) => `<${USER}@${other}.>`, false],
  ['quoted user', ({ other }) => `<"${USER}"@${other}>`, false],
  ['plus detail', ({ other }) => `<${USER}+a@${other}>`, false],
  ['comment', ({ other }) => `<${USER}(a)@${other}>`, false],
  ['foreign address literal', () => `<${USER}@[192.0.2.1]>`, false],
  ['foreign IPv6 literal', () => `<${USER}@[IPv6:2001:db8::1]>`, false],
  ['percent hack', ({ own, other }) => `<${USER}%${other}@${own}>`, true],
  ['percent hack by literal', ({ other, literal }) => `<${USER}%${other}@${literal}>`, true],
  ['percent hack without domain', ({ other }) => `<${USER}%${other}>`, true],
  ['doubled percent hack', ({ own, other }) => `<${USER}%${other}%${own}@${own}>`, true],
  ['quoted percent hack', ({ own, other }) => `<"${USER}%${other}"@${own}>`, true],
  ['quoted percent hack without domain', ({ other }) => `<"${USER}%${other}">`, true],
  ['bang path', ({ own, other }) => `<${other}!${USER}@${own}>`, true],
  ['bang path by literal', ({ other, literal }) => `<${other}!${USER}@${literal}>`, true],
  ['bang path without domain', ({ other }) => `<${other}!${USER}>`, true],
  ['bang path through the server', ({ own, other }) => `<${own}!${other}!${USER}>`, true],
  ['quoted bang path', ({ own, other }) => `<"${other}!${USER}"@${own}>`, true],
  ['quoted address', ({ own, other }) => `<"${USER}@${other}"@${own}>`, true],
  ['quoted address by literal', ({ other, literal }) => `<"${USER}@${other}"@${literal}>`, true],
  ['quoted address without domain', ({ other }) => `<"${USER}@${other}">`, true],
  ['escaped at sign', ({ own, other }) => `<${USER}\\@${other}@${own}>`, true],
  ['two at signs, own last', ({ own, other }) => `<${USER}@${other}@${own}>`, true],
  ['two at signs, literal last', ({ other, literal }) => `<${USER}@${other}@${literal}>`, true],
  ['two at signs, foreign last', ({ own, other }) => `<${USER}@${own}@${other}>`, false],
  ['at sign at the end', ({ other }) => `<${USER}@${other}@>`, true],
  ['percent behind the domain', ({ own, other }) => `<${USER}@${other}%${own}>`, false],
  ['source route', ({ own, other }) => `<@${own}:${USER}@${other}>`, false],
  ['source route by literal', ({ other, literal }) => `<@${literal}:${USER}@${other}>`, false],
  ['source route of two', ({ own, other }) => `<@${own},@${other}:${USER}@${other}>`, false],
  ['source route to a percent hack', ({ own, other }) => `<@${own}:${USER}%${other}@${own}>`, true],
];

/** Senders with which the plain recipient is asked for again; some servers relay for who looks like one of theirs. */
const SENDERS: readonly (readonly [name: string, path: (names: FormNames) => string])[] = [
  ['null sender', () => '<>'],
  ["the server's postmaster as sender", ({ own }) => `<postmaster@${own}>`],
  ['a user of the server as sender', ({ own }) => `<${USER}@${own}>`],
  ['the server by literal as sender', ({ literal }) => `<${USER}@${literal}>`],
  ['localhost as sender', () => `<${USER}@localhost>`],
  ['sender without a domain', () => `<${USER}>`],
  ['the recipient as sender', ({ other }) => `<${USER}@${other}>`],
];

/** All forms, 41: those of the recipient from a stranger, then the plain recipient from odd senders. */
export function addressForms(names: FormNames): readonly AddressForm[] {
  const stranger = '<postern-probe@example.net>';
  const plain = `<${USER}@${names.other}>`;
  return [
    ...RECIPIENTS.map(([name, path, isOwn]) => ({ name, sender: stranger, recipient: path(names), isOwn })),
    ...SENDERS.map(([name, path]) => ({ name, sender: path(names), recipient: plain, isOwn: false })),
  ];
}
