/** The scanner against a slow, plain reader, over messages made at random, in any chunks. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { factsOf, octetsOf } from '../../../test/support/mime-facts.ts';
import { plainFacts } from '../../../test/support/mime-reference.ts';
import { inSizes } from '../../../test/support/segmentation.ts';

/** Findings that only one of the two looks for: what hides in bodies, how encodings are kept, likenesses of boundaries. */
const NOT_COMPARED =
  /^(?:hidden-|base64-|quoted-|uuencode|yenc|boundary-prefix|blank-after-boundary|bad-archive|message-partial|external-body)/;

const BASE64_LINE = 'QUJD'.repeat(19);

const body = fc.oneof(
  fc
    .array(fc.constantFrom('Hello world', '', '--', '-- ', '--c', 'a--b', '=41=', 'x=0D=0A', 'QUJD', 'UEsDBA=='), {
      maxLength: 6,
    })
    .map((lines) => lines.join('\n')),
  fc.integer({ min: 0, max: 1500 }).map((lines) => `${BASE64_LINE}\n`.repeat(lines)),
  fc.integer({ min: 0, max: 1500 }).map((lines) => `${`${BASE64_LINE}\n`.repeat(lines)}QUI=`),
);

const head = fc
  .record({
    type: fc.constantFrom(
      '',
      'Content-Type: text/plain\n',
      'Content-Type: text/html; charset=utf-8\n',
      'Content-Type: application/pdf; name="a b.pdf"\n',
      'Content-Type: image/png;\n name=a.png\n',
    ),
    encoding: fc.constantFrom(
      '',
      'Content-Transfer-Encoding: base64\n',
      'Content-Transfer-Encoding: quoted-printable\n',
      'Content-Transfer-Encoding: 8bit\n',
    ),
    disposition: fc.constantFrom(
      '',
      'Content-Disposition: attachment; filename=evil.exe\n',
      'Content-Disposition: inline\n',
    ),
  })
  .map(({ type, encoding, disposition }) => type + encoding + disposition);

const leaf = fc.tuple(head, body).map(([fields, text]) => `${fields}\n${text}`);

/** A part of parts, whose boundary is its own. */
function container(part: fc.Arbitrary<string>, name: string): fc.Arbitrary<string> {
  const end = fc.constantFrom(`--${name}--\n`, `--${name}--\n`, '', `--${name}--\nepilogue\n`);
  const preamble = fc.constantFrom('', 'preamble\n', '--\n');
  const kind = fc.constantFrom('mixed', 'alternative', 'digest');
  return fc.oneof(
    fc
      .tuple(kind, preamble, fc.array(part, { maxLength: 3 }), end)
      .map(
        ([type, before, parts, after]) =>
          `Content-Type: multipart/${type}; boundary="${name}"\n\n${before}${parts.map((each) => `--${name}\n${each}\n`).join('')}${after}`,
      ),
    part.map((each) => `Content-Type: message/rfc822\n\nSubject: inner\n${each}`),
  );
}

const inner = fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: container(leaf, 'c1') });
const message = fc
  .oneof(leaf, container(fc.oneof(inner, container(inner, 'b2')), 'a3'))
  .map((text) => `Subject: x\n${text}`);

it('finds what a slow, plain reader finds', () => {
  fc.assert(
    fc.property(
      message,
      fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 5 }),
      (text, sizes) => {
        const octets = octetsOf(text);

        const facts = factsOf(octets, {}, inSizes(sizes).cut(octets));

        // In a digest a long body may be a head, which has a bound.
        fc.pre(!facts.structure.some(({ flag }) => flag === 'unreadable'));
        const expected = plainFacts(octets);
        // Preambles and epilogues are told of where something is in them; here nothing is.
        const told = facts.parts.map(({ mimeTypes, names, octets: size }) => ({ mimeTypes, names, octets: size }));
        expect(told).toEqual(
          expected.parts.map(({ mimeTypes, names, octets: size }) => ({ mimeTypes, names, octets: size })),
        );
        for (const [index, { labels }] of expected.parts.entries())
          expect(facts.parts[index]?.types).toEqual(expect.arrayContaining([...labels]));
        const compared = (structure: typeof facts.structure) =>
          new Set(structure.map(({ reason }) => reason).filter((reason) => !NOT_COMPARED.test(reason)));
        expect(compared(facts.structure)).toEqual(compared(expected.structure));
      },
    ),
    { numRuns: 400 },
  );
});

it('finds the same in any chunks', () => {
  fc.assert(
    fc.property(message, fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 }), (text, sizes) => {
      const octets = octetsOf(text.slice(0, 20_000));

      expect(factsOf(octets, {}, inSizes(sizes).cut(octets))).toEqual(factsOf(octets));
    }),
    { numRuns: 200 },
  );
});
