import { expect, it } from 'vitest';
import { UsedChunks } from './used-chunks.ts';

/** With memory of its own, as a socket gives it. */
function chunkOf(octets: number): Buffer {
  return Buffer.from(new ArrayBuffer(octets));
}

it('frees a chunk once all is sent, and no sooner', () => {
  const used = new UsedChunks();
  const chunk = chunkOf(65_536);
  used.add(chunk);

  used.settle(false);
  const before = chunk.length;
  used.settle(true);

  expect(before).toBe(65_536);
  expect(chunk.length).toBe(0);
  expect(used.count).toBe(0);
});

it('leaves a chunk alone of which nobody can tell whether it is sent, for good', () => {
  const used = new UsedChunks();
  const chunk = chunkOf(65_536);
  used.add(chunk);

  used.settle(undefined);
  used.settle(true);

  expect(chunk.length).toBe(65_536);
});

it.each([
  ['is small', chunkOf(16_383)],
  ['shares its memory', chunkOf(65_536).subarray(1)],
])('leaves a chunk alone that %s', (_claim, chunk) => {
  const used = new UsedChunks();
  const octets = chunk.length;

  used.add(chunk);
  used.settle(true);

  expect(chunk.length).toBe(octets);
});
