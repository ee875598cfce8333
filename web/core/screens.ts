/** Screening rules as people read and order them. */
import { listOfLines, listOfWords } from './settings.ts';
import { octetsText, valueText } from './words.ts';

type Attributes = Readonly<Record<string, unknown>>;

export interface ScreenField {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly kind: 'lines' | 'words' | 'number' | 'text';
}

/** What a rule may ask, each with its `except` twin. */
export const CONDITIONS: readonly ScreenField[] = [
  { name: 'attachment', label: 'Attachment names', hint: 'A line each: *.exe, invoice*.doc?', kind: 'lines' },
  {
    name: 'attachmentType',
    label: 'Attachment types',
    hint: 'executable, script, macro-document, archive, encrypted-archive, disk-image, html, tnef, or a MIME type',
    kind: 'words',
  },
  { name: 'attachmentOctets', label: 'Attachment over', hint: 'Octets', kind: 'number' },
  { name: 'messageOctets', label: 'Message over', hint: 'Octets', kind: 'number' },
  { name: 'sender', label: 'Senders', hint: 'Addresses, *@domain', kind: 'words' },
  { name: 'recipient', label: 'Recipients', hint: 'Addresses, *@domain', kind: 'words' },
  { name: 'words', label: 'Keywords', hint: 'A word or phrase a line', kind: 'lines' },
  { name: 'header', label: 'Header fields', hint: 'A line each, Name: glob', kind: 'lines' },
  { name: 'structure', label: 'Structure', hint: 'ambiguous, partial, unreadable, too-deep', kind: 'words' },
];

export const ATTACHMENT_CONDITIONS = ['attachment', 'attachmentType', 'attachmentOctets', 'structure'];
export const KEYWORD_CONDITIONS = ['words', 'where', 'header'];

/** Whether a rule asks for any of these, itself or as an exception. */
export function asksFor(given: Attributes, names: readonly string[]): boolean {
  return names.some((name) => given[name] !== undefined || given[exceptOf(name)] !== undefined);
}

export function exceptOf(name: string): string {
  return `except${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** `attachment types executable or script; except senders ours@example.com`. */
export function conditionsText(given: Attributes): string {
  const parts = CONDITIONS.flatMap(({ name, label, kind }) => {
    const when = given[name] === undefined ? [] : [`${label.toLowerCase()} ${alternatives(given[name], kind)}`];
    const except = given[exceptOf(name)];
    return except === undefined ? when : [...when, `except ${label.toLowerCase()} ${alternatives(except, kind)}`];
  });
  const where = typeof given.where === 'string' && given.where !== 'both' ? ` (${given.where} only)` : '';
  return parts.length === 0 ? 'every message' : `${parts.join('; ')}${where}`;
}

function alternatives(value: unknown, kind: ScreenField['kind']): string {
  if (kind === 'number') return octetsText(Number(value));
  return Array.isArray(value) ? value.map(valueText).join(' or ') : valueText(value);
}

/** What was typed into a field of a rule, as the item has it; undefined for none. */
export function conditionValue({ kind }: ScreenField, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return undefined;
  if (kind === 'lines') return listOfLines(text);
  if (kind === 'words') return listOfWords(text);
  return kind === 'number' && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** The same the other way round. */
export function conditionText({ kind }: ScreenField, value: unknown): string {
  if (!Array.isArray(value)) return valueText(value);
  return value.map(valueText).join(kind === 'lines' ? '\n' : ', ');
}

const NUMBERED = /^(\d{3})-(.*)$/s;

/**
 * New names by which a rule comes to another place: its number goes between those of its neighbours, and where there is
 * no room all are numbered anew, by tens or closer. What keeps its name is not in the answer.
 *
 * @param names in their order
 */
export function renamedByMove(names: readonly string[], from: number, to: number): ReadonlyMap<string, string> {
  const moved = names[from];
  if (moved === undefined || from === to || to < 0 || to >= names.length) return new Map();
  const order = names.filter((_, index) => index !== from);
  order.splice(to, 0, moved);
  const before = to === 0 ? 0 : numberOf(order[to - 1]);
  const after = to === order.length - 1 ? before + 200 : numberOf(order[to + 1]);
  const between = Math.floor((before + Math.min(after, 1000)) / 2);
  if (between > before && between < after) return new Map([[moved, numbered(between, moved)]]);
  const step = Math.max(1, Math.min(10, Math.floor(999 / (order.length + 1))));
  const renamed = order.map((name, index) => [name, numbered((index + 1) * step, name)] as const);
  return new Map(renamed.filter(([name, next]) => name !== next));
}

function numberOf(name: string | undefined): number {
  return Number(NUMBERED.exec(name ?? '')?.[1] ?? 0);
}

function numbered(number: number, name: string): string {
  return `${String(number).padStart(3, '0')}-${NUMBERED.exec(name)?.[2] ?? name}`;
}

/** A number for a rule that comes last. */
export function nextNumber(names: readonly string[]): string {
  const last = Math.max(0, ...names.map(numberOf));
  return String(Math.min(999, Math.floor(last / 100) * 100 + 100)).padStart(3, '0');
}
