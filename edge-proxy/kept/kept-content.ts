/**
 * Content that is kept until it was judged: in memory, then in a file that has no name.
 *
 * The first 256 KiB of a message are in memory while all sessions together have room there, and up to 16 MiB while there is
 * plenty; the rest, or all of it, is written to the task's disk. The file is unlinked as soon as it is open, so that a killed process leaves nothing.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptBudget } from './kept-budget.ts';
import { BLOCK_OCTETS } from './spare-blocks.ts';

/** Octets of one message that are kept in memory, as long as there is room. */
export const MAX_MEMORY_OCTETS = 262_144;
/** The same while less than `LARGE_SHARE` of the memory of all sessions is used: a file costs more than all else. */
const MAX_LARGE_OCTETS = 16_777_216;
/** What is left is for messages of the usual size. */
const LARGE_SHARE = 0.75;
/** Octets of a message whose pieces have each its own memory; blocks would be more than it is. */
const MAX_SMALL_OCTETS = BLOCK_OCTETS;
/** Octets of a piece below which it is not worth a block while it waits for the disk. */
const MIN_BLOCK_OCTETS = 16_384;
/** Octets that wait to be written before the client is not read. */
const MAX_WAITING_OCTETS = 1_048_576;
/** Octets of one read from the file. */
const READ_OCTETS = 131_072;

/** Why content could not be kept: no room is left, or the disk failed. */
export type KeepFault = { readonly kind: 'full' | 'failed'; readonly detail: string };

export class KeptContent {
  readonly #budget: KeptBudget;
  readonly #onDrain: () => void;
  /** What is in memory: first pieces with their own memory, then blocks, each full but for the last. */
  #small: Buffer[] = [];
  #blocks: Buffer[] = [];
  /** Octets left in the last block. */
  #room = 0;
  #memoryOctets = 0;
  #diskOctets = 0;
  #file: FileHandle | undefined;
  #waiting: Buffer[] = [];
  #waitingOctets = 0;
  #writing: Promise<void> | undefined;
  #isBlocked = false;
  #isClosed = false;
  #fault: KeepFault | undefined;

  /** @param onDrain called when `append` may go on after it returned false */
  constructor(budget: KeptBudget, onDrain: () => void) {
    this.#budget = budget;
    this.#onDrain = onDrain;
  }

  /** Octets kept. */
  get octets(): number {
    return this.#memoryOctets + this.#diskOctets;
  }

  /** Set once content could not be kept; what follows is dropped. */
  get fault(): KeepFault | undefined {
    return this.#fault;
  }

  /**
   * Keeps a copy of octets. Returns false when the caller must wait for `onDrain`, so that a slow disk does not grow
   * memory.
   */
  append(octets: Uint8Array): boolean {
    if (this.#fault !== undefined || this.#isClosed) return true;
    if (this.#fitsMemory(octets.length) && this.#budget.memory.reserve(octets.length)) {
      if (this.#memoryOctets + octets.length <= MAX_SMALL_OCTETS) this.#small.push(Buffer.from(octets));
      else this.#fillBlocks(octets);
      this.#memoryOctets += octets.length;
      return true;
    }
    if (!this.#budget.disk.reserve(octets.length)) {
      this.#fail({ kind: 'full', detail: 'the room for kept content is used up' });
      return true;
    }
    this.#diskOctets += octets.length;
    this.#waiting.push(this.#copyToWrite(octets));
    this.#waitingOctets += octets.length;
    this.#writing ??= this.#writeWaiting();
    this.#isBlocked = this.#waitingOctets > MAX_WAITING_OCTETS;
    return !this.#isBlocked;
  }

  /** Resolves when all is kept, or the fault is known. Never rejects. */
  async settled(): Promise<KeepFault | undefined> {
    while (this.#writing !== undefined) await this.#writing;
    return this.#fault;
  }

  /** The octets, where all of them are in memory; the pieces are the caller's to read until `close`. */
  get inMemory(): readonly Buffer[] | undefined {
    return this.#diskOctets === 0 ? this.#pieces() : undefined;
  }

  /** All octets in order, as often as wanted; each piece is the caller's to keep. Rejects when the disk fails. */
  async *read(): AsyncGenerator<Buffer> {
    yield* this.#pieces();
    if (this.#file === undefined) return;
    for (let at = 0; at < this.#diskOctets; ) {
      const piece = Buffer.allocUnsafe(Math.min(READ_OCTETS, this.#diskOctets - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error(`Kept content ends at octet ${at} of ${this.#diskOctets}`);
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /**
   * Lets everything go.
   *
   * @param isRead no one has a piece any more, the operating system neither: its memory is the next message's
   */
  close(isRead = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (isRead) this.#budget.blocks.giveBack(this.#blocks);
    this.#budget.memory.release(this.#memoryOctets);
    this.#budget.disk.release(this.#diskOctets);
    if (this.#budget.memory.octetsInFlight === 0) this.#budget.blocks.rest();
    this.#small = [];
    this.#blocks = [];
    this.#waiting = [];
    void this.settled().then(async () => this.#file?.close().catch(() => undefined));
  }

  #pieces(): readonly Buffer[] {
    const whole = this.#room === 0 ? this.#blocks : this.#blocks.slice(0, -1);
    const last = this.#room === 0 ? undefined : this.#blocks.at(-1)?.subarray(0, BLOCK_OCTETS - this.#room);
    return [...this.#small, ...whole, ...(last === undefined ? [] : [last])];
  }

  #fillBlocks(octets: Uint8Array): void {
    for (let at = 0; at < octets.length; ) {
      if (this.#room === 0) {
        this.#blocks.push(this.#budget.blocks.take());
        this.#room = BLOCK_OCTETS;
      }
      const part = octets.subarray(at, at + this.#room);
      this.#blocks.at(-1)?.set(part, BLOCK_OCTETS - this.#room);
      this.#room -= part.length;
      at += part.length;
    }
  }

  #copyToWrite(octets: Uint8Array): Buffer {
    if (octets.length < MIN_BLOCK_OCTETS || octets.length > BLOCK_OCTETS) return Buffer.from(octets);
    const block = this.#budget.blocks.take();
    block.set(octets);
    return block.subarray(0, octets.length);
  }

  #fitsMemory(octets: number): boolean {
    if (this.#diskOctets > 0) return false;
    const all = this.#memoryOctets + octets;
    if (all <= MAX_MEMORY_OCTETS) return true;
    const { octetsInFlight, capacityOctets } = this.#budget.memory;
    return all <= MAX_LARGE_OCTETS && octetsInFlight + octets <= capacityOctets * LARGE_SHARE;
  }

  async #writeWaiting(): Promise<void> {
    try {
      this.#file ??= await openUnnamed(this.#budget.directory);
      let at = this.#diskOctets - this.#waitingOctets;
      while (this.#waiting.length > 0) {
        const pieces = this.#waiting;
        this.#waiting = [];
        const { bytesWritten } = await this.#file.writev(pieces, at);
        const octets = pieces.reduce((sum, { length }) => sum + length, 0);
        // A disk that is nearly full takes what it has room for, and says that it is full when asked again.
        if (bytesWritten < octets)
          await writeAll(this.#file, Buffer.concat(pieces).subarray(bytesWritten), at + bytesWritten);
        at += octets;
        this.#waitingOctets -= octets;
        this.#budget.blocks.giveBack(pieces.filter(isOfBlock).map(blockOf));
        this.#tellDrain();
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
      this.#fail({ kind: isFull ? 'full' : 'failed', detail: message });
    } finally {
      this.#writing = undefined;
    }
  }

  #fail(fault: KeepFault): void {
    this.#fault ??= fault;
    this.#waiting = [];
    this.#waitingOctets = 0;
    this.#tellDrain();
  }

  #tellDrain(): void {
    if (!this.#isBlocked || this.#waitingOctets > MAX_WAITING_OCTETS / 2) return;
    this.#isBlocked = false;
    if (!this.#isClosed) this.#onDrain();
  }
}

/** Whether a piece that was written is a block's, and not memory of its own. */
function isOfBlock({ length, buffer }: Buffer): boolean {
  return length >= MIN_BLOCK_OCTETS && buffer.byteLength === BLOCK_OCTETS;
}

function blockOf({ buffer }: Buffer): Buffer {
  return Buffer.from(buffer);
}

async function writeAll(file: FileHandle, octets: Buffer, at: number): Promise<void> {
  for (let written = 0; written < octets.length; ) {
    const { bytesWritten } = await file.write(octets, written, octets.length - written, at + written);
    if (bytesWritten === 0) throw new Error(`The disk took ${written} of ${octets.length} octets`);
    written += bytesWritten;
  }
}

/** A file that only its handle reaches. */
async function openUnnamed(directory: string): Promise<FileHandle> {
  const path = join(directory, `postern-kept-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
