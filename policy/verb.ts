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
export const UNIMPLEMENTED_VERBS = [
  'EXPN',
  'ETRN',
  'TURN',
  'SEND',
  'SOML',
  'SAML',
  'BDAT',
] as const satisfies readonly Verb[];
export type ImplementedVerb = Exclude<Verb, (typeof UNIMPLEMENTED_VERBS)[number]>;

const UNIMPLEMENTED: ReadonlySet<Verb> = new Set(UNIMPLEMENTED_VERBS);

export function isImplemented(verb: Verb): verb is ImplementedVerb {
  return !UNIMPLEMENTED.has(verb);
}

const BY_NAME: ReadonlyMap<string, Verb> = new Map(VERBS.map((verb) => [verb, verb]));

/** `name` in upper case; `undefined` when the verb is unknown. */
export function verbNamed(name: string): Verb | undefined {
  return BY_NAME.get(name);
}
