/** New octets from old ones: cut, doubled, crossed, with single octets changed and words put in. */
import type { Random } from './random.ts';

/** Octets; longer inputs are found by hand, and seldom by chance. */
const LONGEST = 16_384;
const LONGEST_NOISE = 200;

type Change = (octets: Buffer, random: Random, other: Buffer, words: readonly string[]) => Buffer;

const insertWord: Change = (octets, random, _other, words) =>
  splice(octets, random.below(octets.length + 1), 0, Buffer.from(random.pick(words), 'latin1'));

const changeOctet: Change = (octets, random) => splice(octets, random.below(octets.length + 1), 1, random.octets(1));

const flipBit: Change = (octets, random) => {
  const at = random.below(octets.length);
  return splice(octets, at, 1, Buffer.of((octets[at] ?? 0) ^ (1 << random.below(8))));
};

const cutOut: Change = (octets, random) =>
  splice(octets, random.below(octets.length + 1), 1 + random.below(random.once(4) ? 400 : 6), Buffer.alloc(0));

const double: Change = (octets, random) => {
  const at = random.below(octets.length + 1);
  const part = octets.subarray(at, at + 1 + random.below(60));
  const times = random.once(8) ? 1 + random.below(100) : 1;
  return splice(octets, at, 0, Buffer.concat(new Array<Buffer>(times).fill(part)));
};

const cross: Change = (octets, random, other) => {
  const from = random.below(other.length + 1);
  return splice(octets, random.below(octets.length + 1), 0, other.subarray(from, from + random.below(300)));
};

const crossLines: Change = (octets, random, other) => {
  const lines = other.toString('latin1').split('\r\n');
  const line = lines[random.below(lines.length)] ?? '';
  const at = octets.indexOf('\r\n', random.below(octets.length + 1));
  return splice(octets, at === -1 ? octets.length : at + 2, 0, Buffer.from(`${line}\r\n`, 'latin1'));
};

const CHANGES = [
  insertWord,
  insertWord,
  changeOctet,
  flipBit,
  cutOut,
  double,
  cross,
  crossLines,
  crossLines,
] as const satisfies readonly Change[];

/** An input from `seeds`, changed a few times; now and then noise alone. */
export function mutate(random: Random, seeds: readonly Buffer[], words: readonly string[]): Buffer {
  if (random.once(20) || seeds.length === 0) return noise(random, words);
  let octets = seeds[random.below(seeds.length)] ?? Buffer.alloc(0);
  for (let changes = random.below(random.once(5) ? 20 : 5); changes >= 0; changes -= 1) {
    const other = seeds[random.below(seeds.length)] ?? octets;
    octets = random.pick(CHANGES)(octets, random, other, words);
  }
  return octets.subarray(0, LONGEST);
}

function noise(random: Random, words: readonly string[]): Buffer {
  const parts = Array.from({ length: random.below(30) }, () =>
    random.once(2) ? Buffer.from(random.pick(words), 'latin1') : random.octets(random.below(10)),
  );
  return random.once(3) ? random.octets(random.below(LONGEST_NOISE)) : Buffer.concat(parts);
}

function splice(octets: Buffer, at: number, dropped: number, added: Buffer): Buffer {
  return Buffer.concat([octets.subarray(0, at), added, octets.subarray(Math.min(octets.length, at + dropped))]);
}
