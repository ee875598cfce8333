import { expect, it } from 'vitest';
import { isoTime } from './iso-time.ts';

it('writes each time as Date does, whatever was asked before it', () => {
  const times = [0, 1, 1, 1_767_323_045_678, 1_767_323_045_678, 1_767_323_045_679, 0];

  expect(times.map(isoTime)).toEqual(times.map((timeMs) => new Date(timeMs).toISOString()));
});
