/**
 * Finds how far content is clean, sixteen octets at once: no NUL, no bare CR, no bare LF, no line that begins with a
 * dot. A WebAssembly function of two loops, since JavaScript has no way to compare more than one octet at once: a
 * regular expression over the text costs several times as much, a loop over the octets dozens of times. A second
 * function counts the lines that were passed over, for whoever is told in which one something is wrong.
 *
 * It is assembled here, opcode by opcode, so that what runs is what is read. The plain scanner in `data-scanner.ts`
 * says what is right; a test holds the two against each other.
 */

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
/** Octets compared at once; the width of a vector. */
const VECTOR_OCTETS = 16;
/** Vectors judged together: a line ends in nearly every block of octets this long, and in few of its vectors. */
const BLOCK_VECTORS = 4;
const BLOCK_OCTETS = BLOCK_VECTORS * VECTOR_OCTETS;
/** Where content is put; the octet before stands for the one that came before it. */
const BASE = VECTOR_OCTETS;
/** Octets that are copied at once, at most; and at first, so that content that stops often is not copied often. */
export const LARGEST_WINDOW = 65_536;
export const SMALLEST_WINDOW = 1024;

interface Scanner {
  readonly memory: Uint8Array;
  /**
   * The address of the first octet after `before` that is not clean, of a bare CR that of the octet after it; or one
   * with fewer than sixteen octets up to `end` after it.
   */
  readonly find: (before: number, end: number) => number;
  /** LF at the addresses from `start` up to `end`. */
  readonly countLf: (start: number, end: number) => number;
}

let scanner: Scanner | undefined;

/**
 * How far `chunk` is clean from `start` on, which is in the middle of a line: an offset up to which there is nothing to
 * judge. Never the chunk's last octet, whose meaning the next one may decide.
 *
 * @param tally whose `lines` grow by those that end before the offset
 * @param firstWindow octets that are copied at first; doubled with each copy that is clean
 */
export function cleanUntil(
  chunk: Uint8Array,
  start: number,
  tally: { lines: number },
  firstWindow = SMALLEST_WINDOW,
): number {
  scanner ??= makeScanner();
  const { memory, find, countLf } = scanner;
  let at = start;
  for (let window = firstWindow; ; window = Math.min(window * 2, LARGEST_WINDOW)) {
    const end = Math.min(chunk.length, at + window);
    if (end - at <= VECTOR_OCTETS) return beforeCr(chunk, at, start);
    memory[BASE - 1] = at === start ? 0 : (chunk[at - 1] ?? 0);
    memory.set(chunk.subarray(at, end), BASE);
    const last = BASE + end - at - 1;
    const found = find(BASE - 1, last);
    at += found - BASE;
    tally.lines += countLf(BASE, found);
    // Stopped before the window's last vector: by an octet that is not clean.
    if (found + VECTOR_OCTETS <= last || end === chunk.length) return beforeCr(chunk, at, start);
  }
}

/** A CR is judged with what follows it. */
function beforeCr(chunk: Uint8Array, at: number, start: number): number {
  return at > start && chunk[at - 1] === CR ? at - 1 : at;
}

// Names of the WebAssembly core specification, release 2.0: types (section 5.3), instructions (5.4), modules (5.5).
const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION_TYPE = 0x60;
const NO_RESULT = 0x40;
const TYPE_SECTION = 1;
const FUNCTION_SECTION = 3;
const MEMORY_SECTION = 5;
const EXPORT_SECTION = 7;
const CODE_SECTION = 10;
const EXPORTED_FUNCTION = 0;
const EXPORTED_MEMORY = 2;
const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

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

const BLOCK = [0x02, NO_RESULT];
const LOOP = [0x03, NO_RESULT];
const IF = [0x04, NO_RESULT];
const END_OF = 0x0b;
const branch = (depth: number): number[] => [0x0c, depth];
const branchIf = (depth: number): number[] => [0x0d, depth];
const RETURN = 0x0f;
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
/** Signed LEB128, of 0 to 8191. */
const i32 = (value: number): number[] => [0x41, (value & 0x7f) | 0x80, value >>> 7];
/** i32.gt_u */
const ABOVE = 0x4b;
/** i32.ctz: the number of the lowest bit that is set. */
const LOWEST_BIT = 0x68;
const POPCNT = 0x69;
const ADD = 0x6a;
const SUB = 0x6b;
const AND_BITS = 0x71;
const SHIFT_LEFT = 0x74;
const vector = (opcode: number, ...immediates: number[]): number[] => [0xfd, opcode, ...immediates];
const load = (offset: number): number[] => vector(0x00, 0, offset);
/** All lanes the same octet. */
const each = (octet: number): number[] => vector(0x0c, ...Array<number>(VECTOR_OCTETS).fill(octet));
const EQ = vector(0x23);
const AND = vector(0x4e);
const OR = vector(0x50);
const XOR = vector(0x51);
const ANY = vector(0x53);
const BITMASK = vector(0x64);
/** Octets are taken as unsigned. */
const MIN = vector(0x77);

// Parameters and locals of the function: the addresses of the octet before the next vector, and of the one before `end`.
const BEFORE = 0;
const LAST = 1;
const OCTETS = 2;
const PREVIOUS = 3;
const STOPS = 4;
const LOWEST = 5;
// Constants, which would be made anew in each round if they stood in it.
const ALL_CR = 6;
const ALL_LF = 7;
const ALL_DOT = 8;
const LOCALS = [1, 7, V128];

/** The lanes that stop the scan in the vector `offset` after `BEFORE`, but for NUL. */
const stopsIn = (offset: number): number[] => [
  ...[...get(BEFORE), ...load(offset + 1), ...set(OCTETS)],
  ...[...get(BEFORE), ...load(offset), ...set(PREVIOUS)],
  // An LF without a CR before it, or what stands after a CR and is no LF.
  ...[...get(OCTETS), ...get(ALL_LF), ...EQ, ...get(PREVIOUS), ...get(ALL_CR), ...EQ, ...XOR],
  // A dot that begins a line.
  ...[...get(OCTETS), ...get(ALL_DOT), ...EQ, ...get(PREVIOUS), ...get(ALL_LF), ...EQ, ...AND, ...OR],
];

/** A loop in a block, left when fewer than `octets` are left; its body may leave it too, by a branch to depth 1. */
const forEach = (octets: number, body: readonly number[]): number[] => [
  ...[...BLOCK, ...LOOP],
  ...[...get(BEFORE), ...i32(octets), ADD, ...get(LAST), ABOVE, ...branchIf(1)],
  ...body,
  ...[...get(BEFORE), ...i32(octets), ADD, ...set(BEFORE), ...branch(0)],
  ...[END_OF, END_OF],
];

/** Blocks, up to the first with something that stops the scan. */
const BLOCKS = forEach(BLOCK_OCTETS, [
  ...[...stopsIn(0), ...set(STOPS), ...get(OCTETS), ...set(LOWEST)],
  ...Array.from({ length: BLOCK_VECTORS - 1 }, (_, index) => [
    ...[...stopsIn((index + 1) * VECTOR_OCTETS), ...get(STOPS), ...OR, ...set(STOPS)],
    ...[...get(OCTETS), ...get(LOWEST), ...MIN, ...set(LOWEST)],
  ]).flat(),
  ...[...get(LOWEST), ...each(0), ...EQ, ...get(STOPS), ...OR, ...ANY, ...branchIf(1)],
]);

/** Vectors, up to what stops the scan: the lowest bit of the mask. */
const VECTORS = forEach(VECTOR_OCTETS, [
  ...[...stopsIn(0), ...get(OCTETS), ...each(0), ...EQ, ...OR, ...tee(STOPS), ...ANY, ...IF],
  ...[...get(BEFORE), ...i32(1), ADD, ...get(STOPS), ...BITMASK, LOWEST_BIT, ADD, RETURN],
  END_OF,
]);

const FIND = [
  ...[...each(CR), ...set(ALL_CR), ...each(LF), ...set(ALL_LF), ...each(DOT), ...set(ALL_DOT)],
  ...[...get(LAST), ...i32(1), SUB, ...set(LAST)],
  ...[...BLOCKS, ...VECTORS],
  ...[...get(BEFORE), ...i32(1), ADD],
];

// Parameters and local of the other function.
const START = 0;
const END = 1;
const SUM = 2;

/** A bit for each LF in the vector at `START`. */
const LF_BITS = [...get(START), ...load(0), ...each(LF), ...EQ, ...BITMASK];

/** Whole vectors, and of the last one what lies before `END`. */
const COUNT_LF = [
  ...[...BLOCK, ...LOOP],
  ...[...get(START), ...i32(VECTOR_OCTETS), ADD, ...get(END), ABOVE, ...branchIf(1)],
  ...[...get(SUM), ...LF_BITS, POPCNT, ADD, ...set(SUM)],
  ...[...get(START), ...i32(VECTOR_OCTETS), ADD, ...set(START), ...branch(0)],
  ...[END_OF, END_OF],
  ...[...get(SUM), ...LF_BITS],
  ...[...i32(1), ...get(END), ...get(START), SUB, SHIFT_LEFT, ...i32(1), SUB, AND_BITS, POPCNT, ADD],
];

function code(locals: readonly number[], instructions: readonly number[]): number[] {
  const body = [...locals, ...instructions, END_OF];
  return [...leb(body.length), ...body];
}

function moduleOctets(): Uint8Array {
  const pages = Math.ceil((BASE + LARGEST_WINDOW + VECTOR_OCTETS) / 65_536);
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    // Both functions are of one type: two numbers to one.
    ...section(TYPE_SECTION, 1, FUNCTION_TYPE, 2, I32, I32, 1, I32),
    ...section(FUNCTION_SECTION, 2, 0, 0),
    ...section(MEMORY_SECTION, 1, 0, pages),
    ...section(
      EXPORT_SECTION,
      ...[3, ...name('memory'), EXPORTED_MEMORY, 0],
      ...[...name('find'), EXPORTED_FUNCTION, 0, ...name('countLf'), EXPORTED_FUNCTION, 1],
    ),
    ...section(CODE_SECTION, 2, ...code(LOCALS, FIND), ...code([1, 1, I32], COUNT_LF)),
  ]);
}

/** As much of it as is used here; the types of Node name it without saying what it is. */
declare const WebAssembly: {
  readonly Module: new (octets: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } } & Omit<Scanner, 'memory'> };
};

function makeScanner(): Scanner {
  const { memory, find, countLf } = new WebAssembly.Instance(new WebAssembly.Module(moduleOctets())).exports;
  return { memory: new Uint8Array(memory.buffer), find, countLf };
}
