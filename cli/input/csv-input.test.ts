import { describe, expect, it } from 'vitest';
import { readCsv } from './csv-input.ts';

const HEADINGS = ['user', 'note', 'servers'];

describe('readCsv', () => {
  it.each([
    ['user,note\r\na,b\r\n', [{ user: 'a', note: 'b' }]],
    ['\uFEFFuser,note\na,b', [{ user: 'a', note: 'b' }]],
    ['note;user\nb;a\n', [{ user: 'a', note: 'b' }]],
    [
      'user,note\na,"x, ""y""\nz"\nc,d\n',
      [
        { user: 'a', note: 'x, "y"\nz' },
        { user: 'c', note: 'd' },
      ],
    ],
    ['user , note\na,\n\n,\n', [{ user: 'a' }]],
    ['user\na\n', [{ user: 'a' }]],
  ])('reads %j', (text, rows) => {
    expect(readCsv(text, 'x.csv', HEADINGS).map(({ fields }) => fields)).toEqual(rows);
  });

  it('says in which line a row begins', () => {
    expect(readCsv('user,note\na,"x\ny"\n\nb,c\n', 'x.csv', HEADINGS).map(({ line }) => line)).toEqual([2, 5]);
  });

  it.each([
    ['', 'x.csv is empty: its first line names the columns'],
    ['user,colour\n', 'x.csv: "colour" is no column: user, note, servers are'],
    ['user,user\n', 'x.csv: column user stands there twice'],
    ['user\na,b\n', 'x.csv, line 2: 2 fields where there are 1 columns'],
    ['user\n"a\n', 'x.csv, line 2: a quoted field does not end'],
    ['user\n"a"b\n', 'x.csv, line 2: a quote stands in the middle of a field'],
  ])('of %j says %s', (text, problem) => {
    expect(() => readCsv(text, 'x.csv', HEADINGS)).toThrow(problem);
  });
});
