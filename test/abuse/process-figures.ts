/** What the kernel says of a process (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory, octets. */
export function residentOctets(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`Process ${pid} has no resident memory`);
  return Number(kib) * 1024;
}

/** Open file descriptors. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Follows the resident memory of a process, ten times a second. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peakOctets: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#peakOctets = residentOctets(pid);
    this.#timer = setInterval(() => this.#look(), 100);
  }

  /** Stops, and says the highest value seen. */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#peakOctets;
  }

  #look(): void {
    this.#peakOctets = Math.max(this.#peakOctets, residentOctets(this.#pid));
  }
}
