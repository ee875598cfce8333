/** Reads a dialogue file; its format is told in README.md beside it. */
import type { PolicyAttributes } from '../../policy/item.ts';

export type Step =
  /** One flight: all `C` lines up to the next line of another kind. */
  | { readonly kind: 'send'; readonly octets: Buffer }
  | { readonly kind: 'reply'; readonly text: string; readonly isPrefix: boolean }
  /** One reply of this code, whatever its lines say. */
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'wait'; readonly seconds: number }
  /** A newer policy: these words on top of the ones in force. */
  | { readonly kind: 'policy'; readonly setup: readonly Setup[] }
  | { readonly kind: 'tls' | 'close' | 'fin' | 'reset' | 'shutdown' };

export type NumberedStep = Step & { readonly line: number };

/** A line in lower case, split at blanks. */
export type Setup = readonly [word: string, ...rest: string[]];

export interface ExpectedEvent {
  readonly type: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Dialogue {
  /** The comment at the top: what the file proves. */
  readonly claim: string;
  readonly setup: readonly Setup[];
  readonly steps: readonly NumberedStep[];
  /** All that the next hop is told. */
  readonly hop: readonly string[];
  /** Events that are recorded, in order; others may be between. */
  readonly events: readonly ExpectedEvent[];
}

interface Draft {
  claim: string;
  readonly setup: Setup[];
  readonly steps: NumberedStep[];
  readonly hop: string[];
  readonly events: ExpectedEvent[];
}

/** Throws with the number of the line that cannot be read. */
export function parseDialogue(text: string): Dialogue {
  const draft: Draft = { claim: '', setup: [], steps: [], hop: [], events: [] };
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#') && draft.claim === '') draft.claim = line.slice(1).trim();
    if (line === '' || line.startsWith('#')) continue;
    readLine(draft, line, index + 1);
  }
  return draft;
}

function readLine(draft: Draft, text: string, line: number): void {
  const [, word = '', count, mark = '', rest = ''] = /^([A-Za-z-]+)(?:\*(\d+))?([:~+>]?) ?(.*)$/.exec(text) ?? [];
  const times = count === undefined ? 1 : Number(count);
  switch (word + mark) {
    case 'C:':
      addFlight(draft, line, Buffer.concat([octetsOf(rest), Buffer.from('\r\n')]), times);
      return;
    case 'C+':
      addFlight(draft, line, octetsOf(rest), times);
      return;
    case 'S:':
    case 'S~': {
      const step = { kind: 'reply', text: octetsOf(rest).toString('latin1'), isPrefix: mark === '~', line } as const;
      draft.steps.push(...new Array<NumberedStep>(times).fill(step));
      return;
    }
    case 'S>':
      draft.steps.push({ kind: 'code', code: rest, line });
      return;
    case 'HOP:':
      draft.hop.push(...new Array<string>(times).fill(octetsOf(rest).toString('latin1')));
      return;
    case 'EVENT':
      draft.events.push(readEvent(rest));
      return;
    default:
      readWord(draft, word, rest, line);
  }
}

function readWord(draft: Draft, word: string, rest: string, line: number): void {
  if (/^[a-z-]+$/.test(word)) {
    draft.setup.push([word, ...words(rest)]);
    return;
  }
  switch (word) {
    case 'WAIT':
      draft.steps.push({ kind: 'wait', seconds: Number(rest), line });
      return;
    case 'POLICY': {
      const [item = '', ...attributes] = words(rest);
      draft.steps.push({ kind: 'policy', setup: [[item, ...attributes]], line });
      return;
    }
    case 'TLS':
    case 'CLOSE':
    case 'FIN':
    case 'RESET':
    case 'SHUTDOWN':
      draft.steps.push({ kind: word.toLowerCase() as 'tls' | 'close' | 'fin' | 'reset' | 'shutdown', line });
      return;
    default:
      throw new TypeError(`Cannot read line ${line}: "${word}" is no word of a dialogue`);
  }
}

function addFlight(draft: Draft, line: number, octets: Buffer, times: number): void {
  const all = new Array<Buffer>(times).fill(octets);
  const last = draft.steps.at(-1);
  if (last?.kind !== 'send') {
    draft.steps.push({ kind: 'send', octets: Buffer.concat(all), line });
    return;
  }
  draft.steps[draft.steps.length - 1] = { ...last, octets: Buffer.concat([last.octets, ...all]) };
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function readEvent(text: string): ExpectedEvent {
  const [type = '', ...fields] = words(text);
  const pairs = fields.map(
    (field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)] as const,
  );
  return { type, fields: Object.fromEntries(pairs) };
}

/** `\r`, `\n`, `\\`, `\xNN` are octets; `\{text*600}` is text 600 times; the rest is UTF-8. */
function octetsOf(text: string): Buffer {
  const parts = text.split(/(\\r|\\n|\\\\|\\x[0-9A-Fa-f]{2}|\\\{.*?\*\d+\})/);
  return Buffer.concat(parts.map(octetsOfPart));
}

function octetsOfPart(part: string): Buffer {
  if (part === '\\r') return Buffer.from('\r');
  if (part === '\\n') return Buffer.from('\n');
  if (part === '\\\\') return Buffer.from('\\');
  if (part.startsWith('\\x')) return Buffer.of(Number.parseInt(part.slice(2), 16));
  const repeated = /^\\\{(.*)\*(\d+)\}$/.exec(part);
  return Buffer.from(repeated?.[1] === undefined ? part : repeated[1].repeat(Number(repeated[2])));
}

/** `a=1 b=true c=text` as the attributes of an item. */
export function attributesOf(fields: readonly string[]): PolicyAttributes {
  const pairs = fields.map((field) => {
    const at = field.indexOf('=');
    if (at === -1) throw new TypeError(`Cannot read "${field}": write attribute=value`);
    return [field.slice(0, at), attributeValue(field.slice(at + 1))] as const;
  });
  return Object.fromEntries(pairs);
}

function attributeValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}
