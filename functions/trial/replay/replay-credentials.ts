/** Credentials of no one, as long as those that were given: what is never recorded can only be replaced. */

export interface CredentialsShape {
  readonly mechanism: string | undefined;
  /** Characters of base64. */
  readonly length: number;
}

const USER = 'u';
/** Characters of base64 that hold three octets. */
const QUANTUM = 4;
/** Octets of a digest in hexadecimal; RFC 2195 section 2. */
const DIGEST_CHARACTERS = 32;

/**
 * A message of `mechanism` in base64 with `length` characters; blanks after it where base64 has no such length.
 * Well formed where there is room for it.
 */
export function credentials({ mechanism = '', length }: CredentialsShape): string {
  const quanta = Math.floor(length / QUANTUM);
  const message = Buffer.from(messageOf(mechanism, quanta * 3), 'latin1');
  return message.toString('base64').padEnd(length, ' ');
}

/** @param octets of the message; a multiple of three, so that base64 needs no padding */
function messageOf(mechanism: string, octets: number): string {
  switch (mechanism) {
    case 'PLAIN':
      return filled(`\0${USER}\0`, '', octets);
    case 'XOAUTH2':
      return filled(`user=${USER}\x01auth=Bearer `, '\x01\x01', octets);
    case 'OAUTHBEARER':
      return filled(`n,a=${USER},\x01auth=Bearer `, '\x01\x01', octets);
    case 'CRAM-MD5':
      return filled('', ` ${'0'.repeat(DIGEST_CHARACTERS)}`, octets);
    default:
      // The first of SCRAM's messages names the user; the second is for the next hop alone.
      return mechanism.startsWith('SCRAM-') ? filled(`n,,n=${USER},r=`, '', octets) : filled('', '', octets);
  }
}

function filled(head: string, tail: string, octets: number): string {
  return `${head}${'x'.repeat(Math.max(0, octets - head.length - tail.length))}${tail}`.slice(0, octets);
}
