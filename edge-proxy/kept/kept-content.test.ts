import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { KeptBudget } from './kept-budget.ts';
import { KeptContent, MAX_MEMORY_OCTETS } from './kept-content.ts';
import { BLOCK_OCTETS } from './spare-blocks.ts';

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'postern-kept-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function all(content: KeptContent): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of content.read()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const noDrain = (): void => undefined;

it('gives back what it was given, twice, in whatever pieces it came, from memory and from disk', async () => {
  const directory = folder();
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 });

  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(200), async (given, memoryOctets) => {
      const budget = new KeptBudget(directory, 1_000_000, memoryOctets);
      const content = new KeptContent(budget, noDrain);
      for (const piece of given) {
        content.append(piece);
        piece.fill(0x21, 0, 0);
      }
      expect(await content.settled()).toBeUndefined();
      const expected = Buffer.concat(given);
      expect(await all(content)).toEqual(expected);
      expect(await all(content)).toEqual(expected);
      content.close();
      expect(budget.memory.octetsInFlight + budget.disk.octetsInFlight).toBe(0);
    }),
    { numRuns: 60 },
  );
});

it('copies: the memory of a chunk is used again by its reader', async () => {
  const content = new KeptContent(new KeptBudget(folder()), noDrain);
  const chunk = Buffer.from('before');

  content.append(chunk);
  chunk.write('behind');

  expect((await all(content)).toString()).toBe('before');
});

it('leaves no name on the disk, from the first octet written', async () => {
  const directory = folder();
  const content = new KeptContent(new KeptBudget(directory, 1_000_000, MAX_MEMORY_OCTETS), noDrain);

  content.append(Buffer.alloc(MAX_MEMORY_OCTETS + 1));
  await content.settled();

  expect(readdirSync(directory)).toEqual([]);
  content.close();
});

it('has its caller wait for a disk that is behind', async () => {
  let drained = 0;
  const content = new KeptContent(new KeptBudget(folder(), 10_000_000, MAX_MEMORY_OCTETS), () => (drained += 1));

  const answers = Array.from({ length: 12 }, () => content.append(Buffer.alloc(200_000)));
  await content.settled();

  expect(answers).toContain(false);
  expect(drained).toBe(1);
  content.close();
});

it('keeps a large message in memory while there is plenty, in blocks that the next one uses', async () => {
  const budget = new KeptBudget('/nowhere/at/all', 0, 4 * MAX_MEMORY_OCTETS);
  const [one, other] = [new KeptContent(budget, noDrain), new KeptContent(budget, noDrain)];
  const pieces = Array.from({ length: 3 }, (_none, index) => Buffer.alloc(MAX_MEMORY_OCTETS, index));

  for (const piece of pieces) one.append(piece);
  other.append(Buffer.from('small'));
  other.append(Buffer.alloc(MAX_MEMORY_OCTETS));

  expect(await one.settled()).toBeUndefined();
  expect(await all(one)).toEqual(Buffer.concat(pieces));
  // What is left of memory is for small ones, and there is no disk.
  expect(await other.settled()).toMatchObject({ kind: 'full' });
  one.close(true);
  other.close();
  expect(budget.blocks.count).toBe((3 * MAX_MEMORY_OCTETS) / BLOCK_OCTETS);
  expect(budget.memory.octetsInFlight).toBe(0);
});

it('keeps each message apart, whatever blocks were used before, and however it is cut', async () => {
  const sizes = fc.array(fc.constantFrom(1, 900, 16_384, 40_000, 65_536, 100_000), { minLength: 1, maxLength: 8 });

  await fc.assert(
    fc.asyncProperty(
      fc.array(sizes, { minLength: 2, maxLength: 4 }),
      fc.constantFrom(0, 150_000, 5e6),
      async (messages, room) => {
        const budget = new KeptBudget(folder(), 1e7, room);
        for (const [number, lengths] of messages.entries()) {
          const [one, other] = [new KeptContent(budget, noDrain), new KeptContent(budget, noDrain)];
          const given = lengths.map((length, index) => Buffer.alloc(length, `${number}${index}`));
          for (const piece of given) {
            const chunk = Buffer.from(piece);
            one.append(chunk);
            other.append(chunk);
            chunk.fill('!');
          }
          await Promise.all([one.settled(), other.settled()]);
          expect([await all(one), await all(other)]).toEqual([Buffer.concat(given), Buffer.concat(given)]);
          one.close(true);
          other.close(number % 2 === 0);
        }
        expect(budget.memory.octetsInFlight + budget.disk.octetsInFlight).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
});

it('frees what a burst has left', () => {
  const budget = new KeptBudget('/nowhere/at/all');
  const burst = Array.from({ length: 4 }, () => new KeptContent(budget, noDrain));

  for (const content of burst) content.append(Buffer.alloc(8_388_608));
  for (const content of burst) content.close(true);

  expect(budget.blocks.count * BLOCK_OCTETS).toBe(16_777_216);
});

it('is full where the budget of all sessions is used up, and gives its part back', async () => {
  const budget = new KeptBudget(folder(), 10, 0);
  const content = new KeptContent(budget, noDrain);

  content.append(Buffer.alloc(8));
  content.append(Buffer.alloc(8));

  expect(await content.settled()).toMatchObject({ kind: 'full' });
  content.close();
  expect(budget.disk.octetsInFlight).toBe(0);
});

it('has failed where there is no disk', async () => {
  const content = new KeptContent(new KeptBudget('/nowhere/at/all', 1000, 0), noDrain);

  content.append(Buffer.from('x'));

  expect(await content.settled()).toMatchObject({ kind: 'failed', detail: expect.stringContaining('/nowhere') });
  content.close();
});
