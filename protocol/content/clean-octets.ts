/**
 * Finds how far content is clean, sixteen octets at once: no NUL, no bare CR, no bare LF, no line that begins with a
 * dot. A WebAssembly function of two loops, since JavaScript has no way to compare more than one octet at once: a
 * regular expression over the text costs several times as much, a loop over the octets dozens of times. On its way it
 * counts the lines, for whoever is told in which one something is wrong.
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
  /** In its first place, the number of LF that the last call of `find` passed over. */
  readonly passedLf: Int32Array;
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
  const { memory, find, passedLf } = scanner;
  let at = start;
  for (let window = firstWindow; ; window = Math.min(window * 2, LARGEST_WINDOW)) {
    const end = Math.min(chunk.length, at + window);
    if (end - at <= VECTOR_OCTETS) return beforeCr(chunk, at, start);
    memory[BASE - 1] = at === start ? 0 : (chunk[at - 1] ?? 0);
    memory.set(chunk.subarray(at, end), BASE);
    const last = BASE + end - at - 1;
    const found = find(BASE - 1, last);
    at += found - BASE;
    tally.lines += passedLf[0] ?? 0;
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
const ELSE = 0x05;
const END_OF = 0x0b;
const branch = (depth: number): number[] => [0x0c, depth];
const branchIf = (depth: number): number[] => [0x0d, depth];
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
/** i32.store at the address below the number, of a number whose place is a multiple of four. */
const STORE = [0x36, 2, 0];
const vector = (opcode: number, ...immediates: number[]): number[] => [0xfd, ...leb(opcode), ...immediates];
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
/** i8x16.add */
const ADD_8 = vector(0x6e);
/** i16x8.add */
const ADD_16 = vector(0x8e);
/** The sums of two neighbours each, signed: of sixteen lanes eight, of eight lanes four. */
const PAIRS_OF_8 = vector(0x7c);
const PAIRS_OF_16 = vector(0x7e);
/** i32x4.extract_lane */
const lane = (place: number): number[] => vector(0x1b, place);

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
/** A lane with an LF is -1, as a comparison leaves it: sums of them are counts below zero. */
const ENDS = 9;
const ENDS_OF_BLOCK = 10;
const ENDS_OF_BLOCKS = 11;
const LINES = 12;
const STOP_AT = 13;
const LOCALS = [2, 10, V128, 2, I32];
const LINES_ADDRESS = 0;

/** The lanes that stop the scan in the vector `offset` after `BEFORE`, but for NUL; leaves its LF in `ENDS`. */
const stopsIn = (offset: number): number[] => [
  ...[...get(BEFORE), ...load(offset + 1), ...set(OCTETS)],
  ...[...get(BEFORE), ...load(offset), ...set(PREVIOUS)],
  // An LF without a CR before it, or what stands after a CR and is no LF.
  ...[...get(OCTETS), ...get(ALL_LF), ...EQ, ...tee(ENDS), ...get(PREVIOUS), ...get(ALL_CR), ...EQ, ...XOR],
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

/** Blocks, up to the first with something that stops the scan. A window has too few of them for a lane to overflow. */
const BLOCKS = forEach(BLOCK_OCTETS, [
  ...[...stopsIn(0), ...set(STOPS), ...get(OCTETS), ...set(LOWEST), ...get(ENDS), ...set(ENDS_OF_BLOCK)],
  ...Array.from({ length: BLOCK_VECTORS - 1 }, (_, index) => [
    ...[...stopsIn((index + 1) * VECTOR_OCTETS), ...get(STOPS), ...OR, ...set(STOPS)],
    ...[...get(OCTETS), ...get(LOWEST), ...MIN, ...set(LOWEST)],
    ...[...get(ENDS), ...get(ENDS_OF_BLOCK), ...ADD_8, ...set(ENDS_OF_BLOCK)],
  ]).flat(),
  ...[...get(LOWEST), ...each(0), ...EQ, ...get(STOPS), ...OR, ...ANY, ...branchIf(1)],
  ...[...get(ENDS_OF_BLOCK), ...PAIRS_OF_8, ...get(ENDS_OF_BLOCKS), ...ADD_16, ...set(ENDS_OF_BLOCKS)],
]);

/** Vectors, up to what stops the scan: the lowest bit of the mask. */
const VECTORS = forEach(VECTOR_OCTETS, [
  ...[...stopsIn(0), ...get(OCTETS), ...each(0), ...EQ, ...OR, ...tee(STOPS), ...ANY, ...IF],
  ...[...get(STOPS), ...BITMASK, LOWEST_BIT, ...tee(STOP_AT), ...get(BEFORE), ADD, ...set(BEFORE)],
  ...[...i32(1), ...get(STOP_AT), SHIFT_LEFT, ...i32(1), SUB, ...get(ENDS), ...BITMASK, AND_BITS, POPCNT],
  ...[...get(LINES), ADD, ...set(LINES), ...branch(2)],
  ...[ELSE, ...get(ENDS), ...BITMASK, POPCNT, ...get(LINES), ADD, ...set(LINES)],
  END_OF,
]);

const FIND = [
  ...[...each(CR), ...set(ALL_CR), ...each(LF), ...set(ALL_LF), ...each(DOT), ...set(ALL_DOT)],
  ...[...get(LAST), ...i32(1), SUB, ...set(LAST)],
  ...[...BLOCKS, ...VECTORS],
  ...[...get(ENDS_OF_BLOCKS), ...PAIRS_OF_16, ...set(ENDS)],
  ...[...i32(LINES_ADDRESS), ...get(LINES)],
  ...[0, 1, 2, 3].flatMap((place) => [...get(ENDS), ...lane(place), SUB]),
  ...STORE,
  ...[...get(BEFORE), ...i32(1), ADD],
];

function code(locals: readonly number[], instructions: readonly number[]): number[] {
  const body = [...locals, ...instructions, END_OF];
  return [...leb(body.length), ...body];
}

function moduleOctets(): Uint8Array {
  const pages = Math.ceil((BASE + LARGEST_WINDOW + VECTOR_OCTETS) / 65_536);
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(TYPE_SECTION, 1, FUNCTION_TYPE, 2, I32, I32, 1, I32),
    ...section(FUNCTION_SECTION, 1, 0),
    ...section(MEMORY_SECTION, 1, 0, pages),
    ...section(
      EXPORT_SECTION,
      ...[2, ...name('memory'), EXPORTED_MEMORY, 0],
      ...[...name('find'), EXPORTED_FUNCTION, 0],
    ),
    ...section(CODE_SECTION, 1, ...code(LOCALS, FIND)),
  ]);
}

/** As much of it as is used here; the types of Node name it without saying what it is. */
declare const WebAssembly: {
  readonly Module: new (octets: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } } & Pick<Scanner, 'find'> };
};

function makeScanner(): Scanner {
  const { memory, find } = new WebAssembly.Instance(new WebAssembly.Module(moduleOctets())).exports;
  return { memory: new Uint8Array(memory.buffer), find, passedLf: new Int32Array(memory.buffer, LINES_ADDRESS, 1) };
}
