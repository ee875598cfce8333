/** What is read in a quick way is what the slow way reads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../common/findings.ts';
import { readContentFields } from './content-fields.ts';

/** A parameter that says nothing has a field read slowly. */
const NOTHING = '; x=y';

const boundary = fc.oneof(
  fc.stringMatching(/^[\w'+./=?-]{1,20}$/),
  fc.constantFrom('name', 'boundary', '=_a', "'a'", 'a=?b', '=?a?q?b?=', 'charset=x', 'a/b', '----=_Part.1'),
);
const field = fc
  .tuple(
    fc.constantFrom('mixed', 'alternative', 'X-y', 'related', 'mixed\\'),
    fc.constantFrom('; ', ';', ';\r\n\t', ';\r\n \r\n ', ';\x0b', ' ; '),
    boundary,
    fc.constantFrom('"', '', '\\"'),
  )
  .map(([type, between, value, quote]) => ` Multipart/${type}${between}boundary=${quote}${value}${quote}`);

it('of a multipart the quick way reads what the slow way does', () => {
  fc.assert(
    fc.property(field, (raw) => {
      const [quick, slow] = [new Findings(), new Findings()];
      const read = readContentFields([{ name: 'content-type', raw: `${raw}\r\n` }], quick);
      const expected = readContentFields([{ name: 'content-type', raw: `${raw}${NOTHING}\r\n` }], slow);

      fc.pre(quick.structure.length === 0 || slow.structure.length === 0);
      expect(quick.structure).toEqual(slow.structure);
      expect({ ...read, boundaries: read.boundaries }).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

it('an odd field is odd each time, in a message that has been odd before too', () => {
  const odd = [
    { name: 'content-type', raw: ' text/plain\r\n' },
    { name: 'content-transfer-encoding', raw: ' 7bit\r\n' },
    { name: 'content-transfer-encoding', raw: ' base64\r\n' },
  ];
  const first = new Findings();
  first.odd('ambiguous', 'duplicate-field');
  readContentFields(odd, first);
  const second = new Findings();

  readContentFields(odd, second);

  expect(second.structure).toEqual([{ flag: 'ambiguous', reason: 'duplicate-field' }]);
});

it('plain fields are read alike, however often', () => {
  const plain = [
    { name: 'content-type', raw: ' text/html; charset=utf-8\r\n' },
    { name: 'content-transfer-encoding', raw: ' base64\r\n' },
  ];

  const [first, again] = [new Findings(), new Findings()].map((findings) => readContentFields(plain, findings));

  expect(again).toEqual(first);
  expect(first).toMatchObject({ mimeTypes: ['text/html'], charset: 'utf-8', encodings: new Set(['base64']) });
});

/** What is said by fields, each as `name: value`. */
function said(...fields: readonly string[]) {
  const findings = new Findings();
  const read = readContentFields(
    fields.map((field) => ({
      name: `content-${field.slice(0, field.indexOf(':'))}`,
      raw: `${field.slice(field.indexOf(':') + 1)}\r\n`,
    })),
    findings,
  );
  return {
    ...read,
    names: [...read.names],
    encodings: [...read.encodings],
    odd: findings.structure.map(({ reason }) => reason),
  };
}

const PLAIN = {
  isTyped: true,
  mimeTypes: ['text/plain'],
  boundaries: [],
  encodings: ['identity'],
  names: [],
  charset: '',
  isAttachment: false,
  odd: [],
};

describe('Content-Type', () => {
  it.each([
    ['text/html', {}],
    [' Text/HTML ', {}],
    ['text/html; charset=utf-8', { charset: 'utf-8' }],
    ['text/html; CHARSET="ISO-8859-1"', { charset: 'iso-8859-1' }],
    ["text/html; charset = 'utf-8'", { charset: 'utf-8' }],
    ['text/html; charset=', {}],
    ['text/html (a page)', {}],
    ['text/html;', {}],
    ['text/html;; x=y', {}],
    ['text/html; x="a', { odd: ['bad-quotes'] }],
    ['text/html; x="a\\"', { odd: ['bad-quotes'] }],
    ['text/html; x="a\\"b"', {}],
    ['text/html; boundary=b', { odd: ['stray-boundary'] }],
  ])('%j says text/html', (value, more) => {
    expect(said(`type:${value}`)).toEqual({ ...PLAIN, mimeTypes: ['text/html'], ...more });
  });

  it.each([
    ['nothing', [], 'bad-type'],
    ['text', [], 'bad-type'],
    ['text/', [], 'bad-type'],
    ['/html', [], 'bad-type'],
    ['poem/plain', ['poem/plain'], 'bad-type'],
    ['x-poem/plain', ['x-poem/plain'], undefined],
    ['text/html/plain', ['text/html'], 'bad-type'],
    ['text\\/html', ['text/html'], 'bad-type'],
    ['"text/html"', ['text/html'], 'bad-type'],
    ['a, text/html, image/png', ['text/html', 'image/png'], 'bad-type'],
    ['chemical/x-pdb', ['chemical/x-pdb'], undefined],
    ['model/stl', ['model/stl'], undefined],
    ['font/woff', ['font/woff'], undefined],
    ["application/vnd.a+b!#$%&'*^_`{|}~", ["application/vnd.a+b!#$%&'*^_`{|}~"], undefined],
  ])('%j says %j', (value, mimeTypes, odd) => {
    expect(said(`type:${value}`)).toMatchObject({
      mimeTypes: mimeTypes.length === 0 ? ['text/plain'] : mimeTypes,
      odd: odd === undefined ? [] : [odd],
    });
  });

  it.each<[value: string, types: readonly string[], boundaries: readonly string[], odd: readonly string[]]>([
    ['multipart/mixed; boundary=b', ['multipart/mixed'], ['b'], []],
    ['multipart/mixed; boundary="b c"', ['multipart/mixed'], ['b c'], []],
    ['multipart/mixed; x=y; boundary=b; z="a b"', ['multipart/mixed'], ['b'], []],
    ['multipart/mixed; x=(y); boundary=b', ['multipart/mixed'], ['b'], ['bad-parameter']],
    ['multipart/mixed; x; boundary=b', ['multipart/mixed'], ['b'], ['bad-parameter']],
    ['multipart/mixed (a) ; boundary=b', ['multipart/mixed'], ['b'], ['bad-parameter']],
    ['multipart/mixed; boundary=boundary', ['multipart/mixed'], ['boundary'], []],
    [`multipart/mixed; boundary=${'b'.repeat(70)}`, ['multipart/mixed'], ['b'.repeat(70)], []],
    ['multipart/mixed', ['multipart/mixed'], [], ['bad-boundary']],
    ['multipart/mixed; boundary=', ['multipart/mixed'], [], ['bad-parameter', 'bad-boundary']],
    ['multipart', ['multipart/mixed'], [], ['bad-type', 'bad-boundary']],
    ['multi\\part; boundary=b', ['multipart/mixed'], ['b'], ['bad-type']],
    ['MULTIPART/Mixed; Boundary=b', ['multipart/mixed'], ['b'], []],
  ])('%j says %j', (value, mimeTypes, boundaries, odd) => {
    // With a parameter that says nothing it is read in the slow way too.
    for (const each of [value, `${value}; y=z`]) {
      const { mimeTypes: types, boundaries: found, odd: told } = said(`type:${each}`);
      expect([types, found]).toEqual([mimeTypes, boundaries]);
      expect(told).toEqual(odd);
    }
  });

  it.each([
    [`boundary="${'b'.repeat(71)}"`],
    ['boundary="b "'],
    ["boundary='b'"],
    ['boundary="=?utf-8?q?b?="'],
    ['boundary=b; boundary=c'],
    ['boundary="b\r\n c"'],
    ['bou\\ndary=b'],
    ['boundary*=b'],
    ['boundary=b(c)'],
    ['boundary="b\\c"'],
    ['boundary=\xe9'],
  ])('with %s is read in each way', (parameter) => {
    const { odd, boundaries } = said(`type:multipart/mixed; ${parameter}`);

    expect(odd).toContain('bad-boundary');
    expect(boundaries).toEqual([...new Set(boundaries)]);
  });

  it('has no more than sixteen boundaries of 200 characters', () => {
    const many = Array.from({ length: 20 }, (_none, index) => `boundary="${index}${'b'.repeat(210)}"`).join('; ');
    const { boundaries } = said(`type:multipart/mixed; ${many}`);

    expect(boundaries).toHaveLength(16);
    expect(boundaries.every(({ length }) => length <= 200)).toBe(true);
  });
});

describe('Content-Transfer-Encoding', () => {
  it.each<[value: string, encodings: readonly string[], odd: readonly string[]]>([
    ['7bit', ['identity'], []],
    [' 8BIT ', ['identity'], []],
    ['binary', ['identity'], []],
    ['Base64', ['base64'], []],
    ['quoted-printable', ['quoted-printable'], []],
    ['base-64', ['identity', 'base64'], ['bad-encoding']],
    ['quoted', ['identity', 'quoted-printable'], ['bad-encoding']],
    ['qp', ['identity', 'quoted-printable'], ['bad-encoding']],
    ['x-uuencode', ['identity', 'uuencode'], ['bad-encoding']],
    ['=?a?q?b?=', ['identity', 'base64', 'quoted-printable'], ['bad-encoding']],
    ['nothing', ['identity', 'base64', 'quoted-printable'], ['bad-encoding']],
    ['', ['identity', 'base64', 'quoted-printable'], ['bad-encoding']],
  ])('%j says %j', (value, encodings, odd) => {
    expect(said(`transfer-encoding:${value}`)).toMatchObject({ encodings, odd, isTyped: false });
  });

  it('said twice is read both ways', () => {
    expect(said('transfer-encoding:7bit', 'transfer-encoding:base64')).toMatchObject({
      encodings: ['identity', 'base64'],
      odd: ['duplicate-field'],
    });
  });
});

describe('Content-Disposition', () => {
  it.each([
    ['attachment', true, []],
    ['inline', false, []],
    [' INLINE; filename=a', false, ['a']],
    ['inlined', true, []],
    ['', true, []],
    ['attachment; filename="a.exe"', true, ['a.exe']],
    ['x; name=a.exe', true, ['a.exe']],
    ['attachment; filena(x)me=a.exe', true, ['a.exe']],
  ])('%j says whether it is an attachment, and its name', (value, isAttachment, names) => {
    expect(said(`disposition:${value}`)).toMatchObject({ isAttachment, names, odd: [], isTyped: false });
  });

  it('of odd quotes is odd', () => {
    expect(said('disposition:attachment; filename="a').odd).toEqual(['bad-quotes']);
  });

  it('is an attachment where one of two says so', () => {
    expect(said('disposition:inline', 'disposition:attachment')).toMatchObject({
      isAttachment: true,
      odd: ['duplicate-field'],
    });
  });
});

describe('names', () => {
  it('are those of all fields, each once', () => {
    expect(
      said('type:image/png; name=a.png', 'disposition:inline; filename=b.png', 'location:http://x/c.png?d#e').names,
    ).toEqual(['a.png', 'b.png', 'http://x/c.png', 'http', 'c.png']);
  });

  it('are no more than a hundred', () => {
    const pieces = (count: number) => Array.from({ length: count }, (_none, index) => `location:a/${index}`);

    expect(said(...pieces(50))).toMatchObject({ odd: [] });
    const { names, odd } = said(...pieces(51));
    expect(names).toHaveLength(100);
    expect(odd).toEqual(['too-many-names']);
  });
});

describe('fields', () => {
  it('about something else say nothing', () => {
    const findings = new Findings();

    expect(readContentFields([{ name: 'subject', raw: ' text/html; name=a' }], findings)).toMatchObject({
      isTyped: false,
      mimeTypes: ['text/plain'],
    });
    expect(findings.structure).toEqual([]);
  });

  it.each(['content type', 'content_type', 'content-type\xe9'])('called %j are odd', (name) => {
    const findings = new Findings();
    readContentFields([{ name, raw: ' text/html' }], findings);

    expect(findings.structure).toEqual([{ flag: 'ambiguous', reason: 'bad-field-name' }]);
  });

  it('of more octets than are read are odd', () => {
    const value = (octets: number) => `disposition:attachment; x=${'y'.repeat(octets)}; filename=a.exe`;

    expect(said(value(100))).toMatchObject({ names: ['a.exe'], odd: [] });
    expect(said(value(4096))).toMatchObject({ names: [], odd: ['long-field'] });
    // Field and line end have 4096 octets.
    expect(said(`description:${'x'.repeat(4094)}`).odd).toEqual([]);
    expect(said(`description:${'x'.repeat(4095)}`).odd).toEqual(['long-field']);
  });
});
