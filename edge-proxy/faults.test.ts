import { expect, it } from 'vitest';
import { Faults } from './faults.ts';
import type { LogFields } from './log.ts';

const FAULT = new TypeError('a fault of ours');

function faultyWork(): never {
  throw FAULT;
}

it('logs what was thrown with its place and counts it, and ends what it concerns', () => {
  const lines: LogFields[] = [];
  const ended: string[] = [];
  const faults = new Faults((fields) => void lines.push(fields));

  const went = [
    faults.guard('client-data', faultyWork, () => void ended.push('socket')),
    faults.guard(
      'client-data',
      () => undefined,
      () => void ended.push('another'),
    ),
  ];

  expect(went).toEqual([false, true]);
  expect(ended).toEqual(['socket']);
  expect(lines).toEqual([
    {
      event: 'fault',
      place: 'client-data',
      problem: expect.stringMatching(/^TypeError: a fault of ours\n.+faults\.test/),
    },
  ]);
  expect(faults.count).toBe(1);
});

it('reports a fault in the ending as well', () => {
  const faults = new Faults();

  faults.guard('hop-data', faultyWork, faultyWork);

  expect(faults.count).toBe(2);
});

it('counts what no log takes, and what cannot be told', () => {
  const deaf = new Faults(faultyWork);
  const lines: LogFields[] = [];
  const faults = new Faults((fields) => void lines.push(fields));

  deaf.report(FAULT, 'log');
  faults.report(Object.create(null), 'client-data');
  faults.report('a word', 'client-data', { session: 'S1' });

  expect([deaf.count, faults.count]).toEqual([1, 2]);
  expect(lines).toEqual([{ event: 'fault', place: 'client-data', session: 'S1', problem: 'a word' }]);
});

it('reports what work that no one waits for comes to', async () => {
  const faults = new Faults();

  faults.watch('certificate', Promise.reject(FAULT));
  faults.watch('certificate', Promise.resolve());

  await expect.poll(() => faults.count).toBe(1);
});
