/** `name=value`, as words of a command set attributes. */
import { UsageError } from './cli-error.ts';

export type Assignments = Readonly<Record<string, unknown>>;

export interface Attributes {
  /** Those that are lists; they are written with commas. */
  readonly lists?: readonly string[];
  /** Those that are true or false; yes, no, on and off are understood. */
  readonly booleans?: readonly string[];
}

/**
 * Values as the tables hold them: true, false, whole numbers, text, lists. `25MB` is understood of octets, `10m` of
 * seconds, `2w` of days. Nothing after the sign is null, which gives an attribute its default back.
 *
 * @throws UsageError for a word without a sign, a name that stands twice, or a unit that there is not
 */
export function readAssignments(words: readonly string[], attributes: Attributes = {}): Assignments {
  const values = new Map<string, unknown>();
  for (const word of words) {
    const [, name, text] = /^([A-Za-z]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || text === undefined) throw new UsageError(`"${word}" is not of the form name=value`);
    if (values.has(name)) throw new UsageError(`${name} stands there twice`);
    values.set(name, typed(name, text, attributes));
  }
  return Object.fromEntries(values);
}

const TRUE: readonly string[] = ['true', 'yes', 'on'];
const FALSE: readonly string[] = ['false', 'no', 'off'];

function typed(name: string, text: string, { lists = [], booleans = [] }: Attributes): unknown {
  if (text === '') return null;
  if (lists.includes(name)) return text.split(',').filter((part) => part !== '');
  const word = text.toLowerCase();
  if (booleans.includes(name)) {
    if (TRUE.includes(word)) return true;
    if (FALSE.includes(word)) return false;
    throw new UsageError(`${name} is "${text}" where true or false is expected`);
  }
  if (word === 'true' || word === 'false') return word === 'true';
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : (withUnit(name, text, name) ?? text);
}

/** As mail servers count: a megabyte of mail is 1024 * 1024 octets. */
const OCTETS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 };

/**
 * A number with a unit, as the attribute counts; `undefined` where the text is none.
 *
 * @param shown what a problem calls the attribute
 */
function withUnit(name: string, text: string, shown: string): number | undefined {
  const [, number, letters] = /^(\d{1,12}(?:\.\d{1,3})?) ?([A-Za-z]{1,3})$/.exec(text) ?? [];
  if (number === undefined || letters === undefined) return undefined;
  const isOctets = name.endsWith('Octets');
  const table = isOctets ? OCTETS : name.endsWith('Seconds') ? SECONDS : name.endsWith('Days') ? DAYS : undefined;
  if (table === undefined) return undefined;
  const unit = isOctets ? letters.toLowerCase().replace(/(?<=^[kmg])i?b$/, '') : letters.toLowerCase();
  const size = table[unit];
  if (size === undefined) {
    const units = isOctets ? 'KB, MB, GB' : Object.keys(table).join(', ');
    throw new UsageError(`${shown} is "${text}" where a number is expected, or one with ${units}`);
  }
  return Math.round(Number(number) * size);
}

/** The octets that an option says: `300`, `12KB`. */
export function octetsOption(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : withUnit('Octets', text, option);
  if (value !== undefined && value > 0) return value;
  throw new UsageError(`${option} is "${text}" where a number of octets is expected: 512, 12KB`);
}

/** Without those that are null: there is nothing that they could give back. */
export function withoutNulls(values: Assignments): Assignments {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** What a number means, for people: `26214400 (25 MiB)`, `600 (10 min)`. */
export function withMeaning(name: string, value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'boolean' ? `${value}` : '';
  const steps = name.endsWith('Octets') ? OCTET_STEPS : name.endsWith('Seconds') ? SECOND_STEPS : [];
  const step = steps.find(([size]) => value >= size && value % size === 0);
  return step === undefined ? `${value}` : `${value} (${value / step[0]} ${step[1]})`;
}

const OCTET_STEPS: readonly (readonly [number, string])[] = [
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];
const SECOND_STEPS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];
