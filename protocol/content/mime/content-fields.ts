/** What the Content- fields of a head say: type, boundaries, encoding, names. All readings, and what is odd about them. */
import { addFileName } from './file-names.ts';
import type { Findings } from './findings.ts';
import { type Field, unfold } from './head.ts';
import { MAX_NAMES } from './limits.ts';
import { parameterReadings } from './value-readings.ts';

export type TransferEncoding = 'identity' | 'base64' | 'quoted-printable' | 'uuencode';

export interface ContentFields {
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
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;
const MAIN_TYPES = /^(?:text|image|audio|video|application|message|multipart|model|font|chemical|x-[\w-]+)$/;

const NO_FIELDS: ContentFields = {
  mimeTypes: ['text/plain'],
  boundaries: [],
  encodings: new Set(['identity']),
  names: new Set(),
  charset: '',
  isAttachment: false,
};

/** A field's value cut at its semicolons, those in quotes left alone. */
function segmentsOf(value: string): readonly string[] {
  if (!value.includes('"')) return value.split(';').map((segment) => segment.trim());
  return (value.match(/(?:"(?:[^"\\]|\\.)*"?|[^";])+/gs) ?? []).map((segment) => segment.trim());
}

function hasOddQuotes(value: string): boolean {
  return value.replace(/\\./gs, '').split('"').length % 2 === 0;
}

export function readContentFields(fields: readonly Field[], findings: Findings): ContentFields {
  const content = fields.filter(({ name }) => name.startsWith('content')).map((field) => shortened(field, findings));
  if (content.length === 0) return NO_FIELDS;
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

function boundariesOf(raws: readonly string[], types: readonly string[], findings: Findings): readonly string[] {
  const isMultipart = types.some((type) => type.startsWith('multipart/'));
  if (!isMultipart && !raws.some((raw) => /bou\\?n\\?dary/i.test(raw))) return [];
  const plain = [...parameterReadings(raws, 'boundary')].map((each) => each.slice(0, 200));
  if (!isMultipart) {
    if (plain.length > 0) findings.odd('ambiguous', 'stray-boundary');
    return [];
  }
  const isRegular = raws.length === 1 && isRegularBoundary(raws[0] ?? '');
  if (!isRegular) findings.odd('ambiguous', 'bad-boundary');
  return isRegular ? plain.slice(0, 1) : [...new Set(plain.flatMap((each) => [each, each.trimEnd()]))].slice(0, 16);
}

/** Whether all parsers find one and the same boundary: said once, in a plain way. */
function isRegularBoundary(raw: string): boolean {
  const value = unfold(raw);
  const said = value.match(/bou\\?n\\?dary/gi) ?? [];
  const [, quoted, bare] = /;\s*boundary=(?:"([^"\\]*)"|([^\s"\\;,()']+))\s*(?:;|$)/i.exec(value) ?? [];
  const boundary = quoted ?? bare ?? '';
  const isFolded = /boundary="[^"]*[\r\n]/i.test(raw);
  return (
    BOUNDARY.test(boundary) &&
    !/^\s|'/.test(boundary) &&
    !/=\?.*\?=/.test(boundary) &&
    !isFolded &&
    said.length === countOf(boundary) + 1
  );
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
    for (const value of parameterReadings(raws, 'na(?:\\([^()]{0,40}\\))?me')) addFileName(names, value);
  }
  for (const raw of locations) addFileName(names, unfold(raw).replace(/[?#].*$/s, ''));
  if (names.size > MAX_NAMES) findings.odd('ambiguous', 'too-many-names');
  return names.size > MAX_NAMES ? new Set([...names].slice(0, MAX_NAMES)) : names;
}

function charsetOf(raw: string): string {
  const [, charset = ''] = /charset[^=]*=[\s"']*([\w.:+-]{1,40})/i.exec(raw) ?? [];
  return charset.toLowerCase();
}
