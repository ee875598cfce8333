/**
 * Finds how far content is clean, sixteen octets at a time: no NUL, no bare CR, no bare LF, no line that begins with a
 * dot. A WebAssembly function of one loop, since JavaScript has no way to compare more than one octet at once: a
 * regular expression over the text costs three times as much, a loop over the octets ten times.
 *
 * It is assembled here, opcode by opcode, so that what runs is what is read. The plain scanner in `data-scanner.ts`
 * says what is right; a test holds the two against each other.
 */

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
/** Octets compared at once; the width of a vector. */
const VECTOR_OCTETS = 16;
/** Where content is put: the octet before stands for the one that came before it. */
const BASE = VECTOR_OCTETS;
/** Octets that are copied at once, at most; and at first, so that content that stops often is not copied often. */
export const LARGEST_WINDOW = 65_536;
export const SMALLEST_WINDOW = 1024;

interface Scanner {
  readonly memory: Uint8Array;
  /**
   * The address of the first octet from `at` that is not clean, of a bare CR that of the octet behind it; or one with
   * fewer than sixteen octets up to `end` behind it. The octet before `at` is looked at too.
   */
  readonly find: (at: number, end: number) => number;
}

let scanner: Scanner | undefined;

/**
 * How far `chunk` is clean from `start` on, which is in the middle of a line: an offset up to which there is nothing to
 * judge. Never the chunk's last octet, whose meaning the next one may decide.
 *
 * @param firstWindow octets that are copied at first; doubled with each copy that is clean
 */
export function cleanUntil(chunk: Uint8Array, start: number, firstWindow = SMALLEST_WINDOW): number {
  scanner ??= makeScanner();
  const { memory, find } = scanner;
  let at = start;
  for (let window = firstWindow; ; window = Math.min(window * 2, LARGEST_WINDOW)) {
    const end = Math.min(chunk.length, at + window);
    if (end - at <= VECTOR_OCTETS) return beforeCr(chunk, at, start);
    memory[BASE - 1] = at === start ? 0 : (chunk[at - 1] ?? 0);
    memory.set(chunk.subarray(at, end), BASE);
    const last = BASE + end - at - 1;
    const found = find(BASE, last);
    at += found - BASE;
    // Stopped before the window's last vector: by an octet that is not clean.
    if (found + VECTOR_OCTETS <= last || end === chunk.length) return beforeCr(chunk, at, start);
  }
}

/** A CR is judged with what follows it. */
function beforeCr(chunk: Uint8Array, at: number, start: number): number {
  return at > start && chunk[at - 1] === CR ? at - 1 : at;
}

const I32 = 0x7f;
const V128 = 0x7b;
const NO_RESULT = 0x40;

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function section(id: number, ...content: number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
const i32 = (value: number): number[] => [0x41, value];
/** All lanes the same octet. */
const each = (octet: number): number[] => [0xfd, 0x0c, ...Array<number>(VECTOR_OCTETS).fill(octet)];
const load = (offset: number): number[] => [0xfd, 0x00, 0, offset];
const EQ = [0xfd, 0x23];
const AND = [0xfd, 0x4e];
const OR = [0xfd, 0x50];
const XOR = [0xfd, 0x51];
const ANY = [0xfd, 0x53];
/** Of octets taken as unsigned, as is the next. */
const MIN = [0xfd, 0x77];
const NOT_ABOVE = [0xfd, 0x2a];
const BITMASK = [0xfd, 0x64];
const ADD = 0x6a;
const SUB = 0x6b;

// Parameters and locals of the function.
const AT = 0;
const END = 1;
const OCTETS = 2;
const BEFORE = 3;
const STOPS = 4;

const LOOP = [
  // Fewer than sixteen left: enough.
  ...[...get(AT), ...i32(VECTOR_OCTETS), ADD, ...get(END), 0x4b, 0x0d, 1],
  ...[...get(AT), ...load(0), ...set(OCTETS)],
  ...[...get(AT), ...i32(1), SUB, ...load(0), ...tee(BEFORE)],
  // Most vectors hold no control octet, nor follow one: without that none of what is looked for can be there.
  ...[...get(OCTETS), ...MIN, ...each(CR), ...NOT_ABOVE, ...ANY, 0x04, NO_RESULT],
  // An LF without a CR before it, or a CR without an LF behind it.
  ...[...get(OCTETS), ...each(LF), ...EQ, ...get(BEFORE), ...each(CR), ...EQ, ...XOR],
  // NUL.
  ...[...get(OCTETS), ...each(0), ...EQ, ...OR],
  // A dot that begins a line.
  ...[...get(OCTETS), ...each(DOT), ...EQ, ...get(BEFORE), ...each(LF), ...EQ, ...AND, ...OR],
  ...[...tee(STOPS), ...ANY, 0x04, NO_RESULT],
  // The first of them: the lowest bit of the mask.
  ...[...get(AT), ...get(STOPS), ...BITMASK, 0x68, ADD, 0x0f, 0x0b, 0x0b],
  ...[...get(AT), ...i32(VECTOR_OCTETS), ADD, ...set(AT), 0x0c, 0],
];

function moduleOctets(): Uint8Array {
  const locals = [1, 3, V128];
  const body = [...locals, 0x02, NO_RESULT, 0x03, NO_RESULT, ...LOOP, 0x0b, 0x0b, ...get(AT), 0x0b];
  const pages = Math.ceil((BASE + LARGEST_WINDOW + VECTOR_OCTETS) / 65_536);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 2, I32, I32, 1, I32),
    ...section(3, 1, 0),
    ...section(5, 1, 0, pages),
    ...section(7, 2, ...name('memory'), 2, 0, ...name('find'), 0, 0),
    ...section(10, 1, ...leb(body.length), ...body),
  ]);
}

/** As much of it as is used here; the types of Node name it without saying what it is. */
declare const WebAssembly: {
  readonly Module: new (octets: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly find: Scanner['find'] } };
};

function makeScanner(): Scanner {
  const { memory, find } = new WebAssembly.Instance(new WebAssembly.Module(moduleOctets())).exports;
  return { memory: new Uint8Array(memory.buffer), find };
}
