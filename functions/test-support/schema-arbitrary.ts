/** Random values that a JSON schema takes, and values that are nearly so. */
import fc from 'fast-check';

type Schema = Readonly<Record<string, unknown>>;

/** Texts that mean something somewhere in the API, beside any other text. */
const TEXTS = [
  '',
  '*',
  'ses',
  'smtp://mail.example.com:2500?tls=require',
  'example.com',
  'bücher.example',
  '203.0.113.0/24',
  '2001:db8::/32',
  'spam@example.com',
  'NOOP',
  'PLAIN',
  'deny',
  'https://login.example.com',
  '2026-11-24T00:00:00.000Z',
  'EHLO client.test',
  '__proto__',
  'constructor',
  '\u0000',
] as const;

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 600, minLength: 500 }),
);

const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -2, max: 400 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(anyText, fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(null))),
);

/** What a text of this name means: a request of chance alone would hardly ever get past the first check. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  hostname: ['mx1.example.com', 'bücher.example'],
  defaultNextHop: ['ses', 'smtp://mail.example.com:2500?tls=require'],
  nextHop: ['ses', 'smtp://mail.example.com'],
  mechanisms: ['PLAIN', 'login'],
  proxyProtocolNetworks: ['203.0.113.0/24', '2001:db8::/32'],
  issuer: ['https://login.example.com'],
  jwksUri: ['https://login.example.com/keys'],
  domains: ['example.com', 'example.net'],
  clients: ['203.0.113.0/24', '2001:db8::/32'],
  senders: ['spam.example', 'eve@spam.example', '*@example.com'],
  issuers: ['login'],
  servers: ['mx1'],
  password: ['correct horse battery staple', 'short'],
  address: ['203.0.113.7', '2001:db8::1'],
  identity: ['alice@example.com'],
  dialogue: ['EHLO client.test', 'MAIL FROM:<alice@example.com>', 'RCPT TO:<bob@example.com>', 'DATA'],
  since: ['2026-11-24T00:00:00.000Z', '2026-11-24'],
  until: ['2026-11-24T12:00:00.000Z'],
};

function textOf(name: string): fc.Arbitrary<string> {
  const meant = MEANT[name];
  return meant === undefined ? anyText : fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...meant) }, anyText);
}

/**
 * A value that the schema takes, as far as its types say; rules that no schema can tell are left to chance.
 *
 * @param name what the value is called where it stands
 */
export function rightValue(schema: Schema, name = ''): fc.Arbitrary<unknown> {
  const { anyOf, enum: words, const: constant } = schema;
  if (constant !== undefined) return fc.constant(constant);
  if (Array.isArray(words)) return fc.constantFrom<unknown>(...words);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map((each) => rightValue(each as Schema, name)));
  switch (schema.type) {
    case 'object':
      return objectOf(schema, name);
    case 'array':
      return fc.array(rightValue((schema.items ?? {}) as Schema, name), { maxLength: 4 });
    case 'integer':
      return fc.integer(boundsOf(schema));
    case 'number':
      return anyNumber;
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return textOf(name);
    default:
      return anyJson;
  }
}

function boundsOf({ minimum, maximum }: Schema): { min?: number; max?: number } {
  const inside = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) < 2 ** 31;
  return { ...(inside(minimum) ? { min: minimum } : {}), ...(inside(maximum) ? { max: maximum } : {}) };
}

function objectOf(
  { properties = {}, required = [], additionalProperties }: Schema,
  name: string,
): fc.Arbitrary<unknown> {
  const parts = Object.entries(properties as Readonly<Record<string, Schema>>);
  const named = fc.record(Object.fromEntries(parts.map(([part, inner]) => [part, rightValue(inner, part)])), {
    requiredKeys: required as string[],
  });
  if (typeof additionalProperties !== 'object' || additionalProperties === null) return named;
  const others = fc.dictionary(textOf(name), rightValue(additionalProperties as Schema), { maxKeys: 3 });
  return fc.tuple(named, others).map(([own, more]) => ({ ...more, ...own }));
}

/** A value that was right, with one part of it made something else, or left out, or joined by another. */
export function nearly(schema: Schema): fc.Arbitrary<unknown> {
  return fc.tuple(rightValue(schema), anyJson, anyText, fc.nat()).map(([value, other, name, place]) => {
    if (typeof value !== 'object' || value === null) return other;
    const entries = Object.entries(value);
    const at = place % (entries.length + 1);
    const changed = entries.flatMap(([key, inner], index) => {
      if (index !== at) return [[key, inner] as const];
      return place % 3 === 0 ? [] : [[place % 3 === 1 ? key : name, other] as const];
    });
    const added = at === entries.length ? [[name, other] as const] : [];
    return Array.isArray(value)
      ? [...changed, ...added].map(([, inner]) => inner)
      : Object.fromEntries([...changed, ...added]);
  });
}
