/** The verbs that Postern knows by name. Any other is unknown: 500 5.5.1. */
export const VERBS = [
  'HELO',
  'EHLO',
  'MAIL',
  'RCPT',
  'DATA',
  'RSET',
  'QUIT',
  'NOOP',
  'STARTTLS',
  'AUTH',
  'VRFY',
  'EXPN',
  'HELP',
  'ETRN',
  'TURN',
  'SEND',
  'SOML',
  'SAML',
  'BDAT',
] as const;

export type Verb = (typeof VERBS)[number];

/** Known, so that a refusal can name them, and never carried out: no policy can allow them. */
export const UNIMPLEMENTED_VERBS: readonly Verb[] = ['EXPN', 'ETRN', 'TURN', 'SEND', 'SOML', 'SAML', 'BDAT'];

const BY_NAME: ReadonlyMap<string, Verb> = new Map(VERBS.map((verb) => [verb, verb]));

/** `name` in upper case; `undefined` when the verb is unknown. */
export function verbNamed(name: string): Verb | undefined {
  return BY_NAME.get(name);
}
