/**
 * Inputs that are kept: hand-made ones, and every one that ever failed.
 *
 * `corpus/TARGET/plain-name.octets`; with `.SEED` before the ending, chance started from that seed when it failed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, posix } from 'node:path';

export interface KeptInput {
  readonly path: string;
  readonly octets: Buffer;
  /** Absent where any chance will do. */
  readonly seed: number | undefined;
}

const ENDING = '.octets';

function folderOf(target: string): string {
  return posix.join(import.meta.dirname, 'corpus', target);
}

export function readCorpus(target: string): KeptInput[] {
  const folder = folderOf(target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ENDING))
    .sort()
    .map((name) => readInput(posix.join(folder, name)));
}

export function readInput(path: string): KeptInput {
  const seed = /\.(\d+)\.octets$/.exec(basename(path))?.[1];
  return { path, octets: readFileSync(path), seed: seed === undefined ? undefined : Number(seed) };
}

/** Writes down an input that failed, and gives its path; the name is to be made plain by whoever mends the fault. */
export function keepInput(target: string, octets: Buffer, seed: number): string {
  const digest = createHash('sha256').update(octets).digest('hex').slice(0, 8);
  const path = posix.join(folderOf(target), `found-${digest}.${seed}${ENDING}`);
  mkdirSync(folderOf(target), { recursive: true });
  writeFileSync(path, octets);
  return path;
}
