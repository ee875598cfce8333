import { expect, it } from 'vitest';
import { ReceivedOctets } from './received-octets.ts';

/** With memory of its own, as a socket gives it. */
function chunkOf(octets: number): Buffer {
  return Buffer.from(new ArrayBuffer(octets));
}

function use(received: ReceivedOctets, chunk: Buffer): void {
  received.add(chunk);
  received.use(({ length }) => length);
}

it('frees a chunk once all is sent, and no sooner', () => {
  const used = new ReceivedOctets();
  const chunk = chunkOf(65_536);
  use(used, chunk);

  used.settle(false);
  const before = chunk.length;
  used.settle(true);

  expect(before).toBe(65_536);
  expect(chunk.length).toBe(0);
});

it('leaves a chunk alone of which no one can tell whether it is sent, for good', () => {
  const used = new ReceivedOctets();
  const chunk = chunkOf(65_536);
  use(used, chunk);

  used.settle(undefined);
  used.settle(true);

  expect(chunk.length).toBe(65_536);
});

it.each([
  ['is small', chunkOf(16_383)],
  ['shares its memory', chunkOf(65_536).subarray(1)],
])('leaves a chunk alone that %s', (_claim, chunk) => {
  const used = new ReceivedOctets();
  const octets = chunk.length;

  use(used, chunk);
  used.settle(true);

  expect(chunk.length).toBe(octets);
});

it('keeps what is not used, and tells DATA from other lines', () => {
  const received = new ReceivedOctets();
  received.add(Buffer.from('RCPT\r\nda'));
  received.use(() => 6);
  const isDataCut = received.isDataNext;
  received.add(Buffer.from('ta\r\nx'));
  const isData = received.isDataNext;
  let left = '';
  received.use((chunk, at) => {
    left = chunk.toString('latin1', at);
    return chunk.length;
  });

  expect([isDataCut, isData, left, received.isEmpty, received.isDataNext]).toEqual([
    false,
    true,
    'data\r\nx',
    true,
    false,
  ]);
});
