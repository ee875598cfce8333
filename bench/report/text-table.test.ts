import { expect, it } from 'vitest';
import { figure, spreadRows, textTable } from './text-table.ts';

it.each([
  [1234.5, '1,235'],
  [216.4, '216'],
  [21.64, '21.6'],
  [0.983, '0.98'],
  [0, '0.00'],
  [-3.21, '-3.21'],
  [Number.NaN, '-'],
  [Number.POSITIVE_INFINITY, '-'],
])('shows %f as %s', (value, text) => {
  expect(figure(value)).toBe(text);
});

it('shows a spread as two rows, its ends below', () => {
  const none = { median: Number.NaN, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };

  expect(spreadRows('pipe', [{ median: 216, min: 210, max: 231 }, none, undefined])).toEqual([
    ['pipe', '216', '-', ''],
    ['', '210..231', '-', ''],
  ]);
});

it('aligns names left and figures right', () => {
  const table = textTable(
    ['subject', 'µs'],
    [
      ['a', '5'],
      ['smtp-server', '1,000'],
    ],
  );

  expect(table.split('\n')).toEqual([
    'subject         µs',
    '-----------  -----',
    'a                5',
    'smtp-server  1,000',
  ]);
});
