/** What the Content- fields of a head say: type, boundaries, encoding, names. All readings, and what is odd about them. */
import { addFileName } from '../common/file-names.ts';
import type { Findings } from '../common/findings.ts';
import { MAX_NAMES } from '../common/limits.ts';
import { type Field, unfold } from './head.ts';
import { parameterReadings } from './value-readings.ts';

export type TransferEncoding = 'identity' | 'base64' | 'quoted-printable' | 'uuencode';

export interface ContentFields {
  /** Whether any type is said. */
  readonly isTyped: boolean;
  /** Every type that is said, in lower case; `text/plain` where none is (RFC 2045 section 5.2). */
  readonly mimeTypes: readonly string[];
  /** Empty unless a type is multipart. */
  readonly boundaries: readonly string[];
  /** Every encoding that may be meant. */
  readonly encodings: ReadonlySet<TransferEncoding>;
  readonly names: ReadonlySet<string>;
  readonly charset: string;
  /** Whether the part says that it is one, by Content-Disposition. */
  readonly isAttachment: boolean;
}

const TYPE = /^[!#$%&'*+.^_`{|}~\w-]+\/[!#$%&'*+.^_`{|}~\w-]+$/;
/** A parameter as all parsers read it: RFC 2045 section 5.1, and characters without quotes that none minds. */
const PARAMETER = /^[!#$%&'*+.^_`{|}~\w-]+=(?:"[^"\\]*"|[^\s"\\;,()]+)$/;
/** As RFC 2046 section 5.1.1 has it, and with other ASCII that no parser minds in quotes. */
const BOUNDARY = /^[\x21\x23-\x5B\x5D-\x7E](?:[\x20\x21\x23-\x5B\x5D-\x7E]{0,68}[\x21\x23-\x5B\x5D-\x7E])?$/;
/** Readings of a boundary that delimiters are looked for by. */
const MAX_BOUNDARIES = 16;
const MAX_BOUNDARY_CHARACTERS = 200;
const MAIN_TYPES = /^(?:text|image|audio|video|application|message|multipart|model|font|chemical|x-[\w-]+)$/;

/** What a part is that says nothing (RFC 2045 section 5.2). */
export const NO_FIELDS: ContentFields = {
  isTyped: false,
  mimeTypes: ['text/plain'],
  boundaries: [],
  encodings: new Set(['identity']),
  names: new Set(),
  charset: '',
  isAttachment: false,
};

/** A field's value cut at its semicolons, those in quotes left alone. */
function segmentsOf(value: string): readonly string[] {
  if (!value.includes(';')) return [value];
  if (!value.includes('"')) return value.split(';').map((segment) => segment.trim());
  return (value.match(/(?:"(?:[^"\\]|\\.)*"?|[^";])+/gs) ?? []).map((segment) => segment.trim());
}

function hasOddQuotes(value: string): boolean {
  return value.includes('"') && value.replace(/\\./gs, '').split('"').length % 2 === 0;
}

/** Characters of the names of Content- fields that there are. */
const PLAIN_NAME = /^[a-z0-9-]+$/;

/** What plain fields say that nothing is odd about: most parts of most messages say one of a few things. */
const KNOWN = new Map<string, ContentFields>();
const MAX_KNOWN = 256;
/** Characters of the fields together; longer ones say something of their own. */
const MAX_KNOWN_CHARACTERS = 160;

export function readContentFields(fields: readonly Field[], findings: Findings): ContentFields {
  const content = fields.filter(({ name }) => name.startsWith('content'));
  if (content.length === 0) return NO_FIELDS;
  for (const { name } of content) if (!PLAIN_NAME.test(name)) findings.odd('ambiguous', 'bad-field-name');
  const multipart = plainMultipart(content);
  if (multipart !== undefined) return multipart;
  const key = keyOf(content);
  const known = KNOWN.get(key);
  if (known !== undefined) return known;
  const before = findings.oddities;
  const read = readAnew(
    content.map((field) => shortened(field, findings)),
    findings,
  );
  // Names cost of the message's budget, and boundaries never come again.
  const isPlain = read.names.size === 0 && read.boundaries.length === 0 && findings.oddities === before;
  if (isPlain && key.length <= MAX_KNOWN_CHARACTERS) {
    if (KNOWN.size >= MAX_KNOWN) KNOWN.clear();
    KNOWN.set(key, read);
  }
  return read;
}

function keyOf(content: readonly Field[]): string {
  let key = '';
  for (const { name, raw } of content) key += `${name}:${raw}`;
  return key;
}

function readAnew(content: readonly Field[], findings: Findings): ContentFields {
  const rawsOf = (wanted: string): readonly string[] =>
    content.filter(({ name }) => name === wanted).map(({ raw }) => raw);
  const types = rawsOf('content-type');
  const dispositions = rawsOf('content-disposition');
  const encodings = rawsOf('content-transfer-encoding');
  for (const raws of [types, dispositions, encodings])
    if (raws.length > 1) findings.odd('ambiguous', 'duplicate-field');
  const mimeTypes = types.flatMap((raw) => typesOf(raw, findings));
  for (const raw of dispositions) judgeDisposition(raw, findings);
  return {
    isTyped: types.length > 0,
    mimeTypes: mimeTypes.length === 0 ? ['text/plain'] : mimeTypes,
    boundaries: boundariesOf(types, mimeTypes, findings),
    encodings: encodingsOf(encodings, findings),
    names: namesOf([...types, ...dispositions, ...rawsOf('content-location')], rawsOf('content-location'), findings),
    charset: types.length === 0 ? '' : charsetOf(types.join(';')),
    isAttachment: dispositions.some((raw) => !/^\s*inline\b/i.test(raw)),
  };
}

/** Octets of a field that are read; a name of 255 characters, each nine octets long when encoded, has room. */
const MAX_FIELD_OCTETS = 4096;

function shortened(field: Field, findings: Findings): Field {
  if (field.raw.length <= MAX_FIELD_OCTETS) return field;
  findings.odd('ambiguous', 'long-field');
  return { name: field.name, raw: field.raw.slice(0, MAX_FIELD_OCTETS) };
}

function typesOf(raw: string, findings: Findings): readonly string[] {
  const value = unfold(raw);
  const [written = '', ...parameters] = segmentsOf(value);
  const type = written.replace(/\s*\([^()]*\)\s*/g, '').toLowerCase();
  const isMultipart = /multi\\?part/i.test(written);
  const isPlain = TYPE.test(type) && MAIN_TYPES.test(type.slice(0, type.indexOf('/')));
  if (!isPlain) findings.odd('ambiguous', 'bad-type');
  if (hasOddQuotes(value)) findings.odd('ambiguous', 'bad-quotes');
  if (
    isMultipart &&
    (type !== written.toLowerCase() || parameters.some((each) => each !== '' && !PARAMETER.test(each)))
  ) {
    findings.odd('ambiguous', 'bad-parameter');
  }
  if (isPlain) return [type];
  // What stands for the type is read as leniently as the most lenient parser does.
  const found = type.replaceAll('\\', '').match(/[\w.+-]+\/[\w.+-]+/g) ?? [];
  return isMultipart && !found.some((each) => each.startsWith('multipart/')) ? [...found, 'multipart/mixed'] : found;
}

function judgeDisposition(raw: string, findings: Findings): void {
  if (hasOddQuotes(unfold(raw))) findings.odd('ambiguous', 'bad-quotes');
}

/** A multipart as nearly all programs say it; what is said in any other way is read slowly. */
const PLAIN_MULTIPART =
  /^[ \t\r\n]*(multipart\/[a-z-]+);[ \t\r\n]*boundary=(?:"([\w'+./=?-]{1,70})"|([\w+.-]{1,70}))[ \t\r\n]*$/i;

/** What a head says that is no more than a plain multipart; `undefined` where it has to be read. */
function plainMultipart([only, ...others]: readonly Field[]): ContentFields | undefined {
  if (only === undefined || others.length > 0 || only.name !== 'content-type') return undefined;
  const [, type, quoted, bare = ''] = PLAIN_MULTIPART.exec(only.raw) ?? [];
  const boundary = quoted ?? bare;
  // Names, charsets and boundaries are looked for inside of it too.
  if (type === undefined || /name|charset|boundary|^'|=\?/i.test(boundary)) return undefined;
  return { ...NO_FIELDS, isTyped: true, mimeTypes: [type.toLowerCase()], boundaries: [boundary] };
}

function boundariesOf(raws: readonly string[], types: readonly string[], findings: Findings): readonly string[] {
  const isMultipart = types.some((type) => type.startsWith('multipart/'));
  if (!isMultipart && !raws.some((raw) => /bou\\?n\\?dary/i.test(raw))) return [];
  const regular = isMultipart && raws.length === 1 ? regularBoundary(raws[0] ?? '') : undefined;
  if (regular !== undefined) return [regular];
  const readings = [...parameterReadings(raws, 'boundary', findings)].map((each) =>
    each.slice(0, MAX_BOUNDARY_CHARACTERS),
  );
  if (isMultipart) findings.odd('ambiguous', 'bad-boundary');
  else if (readings.length > 0) findings.odd('ambiguous', 'stray-boundary');
  return isMultipart ? [...new Set(readings.flatMap((each) => [each, each.trimEnd()]))].slice(0, MAX_BOUNDARIES) : [];
}

/** The boundary, where all parsers find one and the same: said once, in a plain way. */
function regularBoundary(raw: string): string | undefined {
  const value = unfold(raw);
  const said = value.match(/bou\\?n\\?dary/gi) ?? [];
  const [, quoted, bare] = /;\s*boundary=(?:"([^"\\]*)"|([^\s"\\;,()']+))\s*(?:;|$)/i.exec(value) ?? [];
  const boundary = quoted ?? bare ?? '';
  const isPlain = BOUNDARY.test(boundary) && !boundary.startsWith("'") && !/=\?.*\?=/.test(boundary);
  const isFolded = raw.includes('\n') && /boundary="[^"]*[\r\n]/i.test(raw);
  return isPlain && !isFolded && said.length === countOf(boundary) + 1 ? boundary : undefined;
}

function countOf(boundary: string): number {
  return (boundary.match(/boundary/gi) ?? []).length;
}

const ENCODINGS: Readonly<Record<string, TransferEncoding>> = {
  '7bit': 'identity',
  '8bit': 'identity',
  binary: 'identity',
  base64: 'base64',
  'quoted-printable': 'quoted-printable',
};

function encodingsOf(raws: readonly string[], findings: Findings): ReadonlySet<TransferEncoding> {
  const [raw] = raws;
  if (raw === undefined) return NO_FIELDS.encodings;
  const said = unfold(raw).toLowerCase();
  const encoding = raws.length === 1 ? ENCODINGS[said] : undefined;
  if (encoding !== undefined) return new Set([encoding]);
  if (raws.length === 1) findings.odd('ambiguous', 'bad-encoding');
  const encodings = new Set<TransferEncoding>(['identity']);
  const all = raws.join(' ').toLowerCase();
  if (/64|=\?/.test(all)) encodings.add('base64');
  if (/quot|qp|=\?/.test(all)) encodings.add('quoted-printable');
  if (/uu/.test(all)) encodings.add('uuencode');
  if (encodings.size === 1) for (const each of ['base64', 'quoted-printable'] as const) encodings.add(each);
  return encodings;
}

function namesOf(raws: readonly string[], locations: readonly string[], findings: Findings): ReadonlySet<string> {
  const names = new Set<string>();
  if (raws.some((raw) => /na(?:\([^()]{0,40}\))?me/i.test(raw))) {
    // `filename` ends in `name`: one search finds both.
    for (const value of parameterReadings(raws, 'na(?:\\([^()]{0,40}\\))?me', findings)) addFileName(names, value);
  }
  for (const raw of locations) addFileName(names, unfold(raw).replace(/[?#].*$/s, ''));
  if (names.size > MAX_NAMES) findings.odd('ambiguous', 'too-many-names');
  return names.size > MAX_NAMES ? new Set([...names].slice(0, MAX_NAMES)) : names;
}

function charsetOf(raw: string): string {
  const [, charset = ''] = /charset[^=]*=[\s"']*([\w.:+-]{1,40})/i.exec(raw) ?? [];
  return charset.toLowerCase();
}
