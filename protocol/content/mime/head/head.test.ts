import { describe, expect, it } from 'vitest';
import { Findings } from '../common/findings.ts';
import { parseHead, unfold } from './head.ts';

function read(head: string, { isTop = false, keepsAll = true } = {}) {
  const findings = new Findings();
  const fields = parseHead(head.replaceAll('\n', '\r\n'), { isTop, keepsAll }, findings);
  return {
    fields: fields.map(({ name, raw }) => [name, unfold(raw)].join('=')),
    odd: findings.structure.map(({ flag, reason }) => `${flag} ${reason}`),
  };
}

const BAD_FIELD = ['ambiguous bad-field'];
const HIDDEN_FIELD = ['ambiguous hidden-field'];
const CONTROL = ['ambiguous control-octet'];

describe('a head', () => {
  it.each<[what: string, head: string, fields: readonly string[], odd: readonly string[]]>([
    ['of nothing', '', [], []],
    ['of a field', 'A: b\n', ['a=b'], []],
    ['of fields', 'A: b\nC-D:e\nF:\n', ['a=b', 'c-d=e', 'f='], []],
    ['without an end', 'A: b\nC: d', ['a=b', 'c=d'], []],
    ['with a folded field', 'A: b\n c\n\td\nE: f\n', ['a=b c\td', 'e=f'], []],
    ['with a colon in a value', 'A: b:c\n', ['a=b:c'], []],
    ['with a blank before the colon', 'A : b\n', ['a=b'], ['ambiguous bad-field-name']],
    ['with an octet that no name has', 'A\xe9: b\n', ['a\xe9=b'], ['ambiguous bad-field-name']],
    ['with a delete in a name', 'A\x7f: b\n', ['a\x7f=b'], ['ambiguous bad-field-name']],
    ['with the last octet of names', 'A~!: b\n', ['a~!=b'], []],
    ['with a line that is no field', 'A: b\nhello\nC: d\n', ['a=b', 'c=d'], BAD_FIELD],
    ['that is no field at the end', 'A: b\nhello', ['a=b'], BAD_FIELD],
    ['with a line that hides one', '=Content-Type x\n', [], HIDDEN_FIELD],
    ['with one that hides another', ' content_x\n', [], HIDDEN_FIELD],
    ['with one that begins with a letter', 'x content-type\n', [], BAD_FIELD],
    ['with a line that begins with a colon', ': b\n', [], BAD_FIELD],
    ['with a first line of blanks', ' A: b\nC: d\n', ['c=d'], BAD_FIELD],
    ['with a first line after a tab', '\tA: b\n', [], BAD_FIELD],
    ['with a colon in the fold of a line that is none', 'hello\n a: b\n', [], BAD_FIELD],
    ['with a line of blanks', 'A: b\n \nC: d\n', ['a=b', 'c=d'], ['ambiguous blank-continuation']],
    ['with one of a tab at the end', 'A: b\n\t', ['a=b'], ['ambiguous blank-continuation']],
    ['with a NUL', 'A: b\0\n', ['a=b\0'], CONTROL],
    ['with a vertical tab', 'A: b\x0bc\n', ['a=b\x0bc'], CONTROL],
    ['with a form feed', 'A: b\x0cc\n', ['a=b\x0cc'], CONTROL],
    ['with a carriage return alone', 'A: b\rc\n', ['a=b\rc'], CONTROL],
    ['with one at its end', 'A: b\r', ['a=b'], []],
    ['with another control', 'A: b\x01c\n', ['a=b\x01c'], []],
    ['with that in a field about the content', 'Content-Type: b\x01c\n', ['content-type=b\x01c'], CONTROL],
    ['with a delete there', 'Content-X: b\x7f\n', ['content-x=b\x7f'], CONTROL],
    ['with an escape there', 'Content-X: b\x1bc\n', ['content-x=b\x1bc'], CONTROL],
    ['with a tab there', 'Content-X: b\tc\n', ['content-x=b\tc'], []],
    [
      'of a mailbox, which is none inside',
      'From a@example.com Mon Jan  1 00:00:00 2026\n',
      ['from a@example.com mon jan  1 00=00:00 2026'],
      ['ambiguous bad-field-name'],
    ],
  ])('%s', (_what, head, fields, odd) => {
    expect(read(head)).toEqual({ fields, odd });
  });

  it.each([
    ['From a@example.com Mon Jan  1 00:00:00 2026\nA: b\n', ['a=b'], []],
    ['>From a@example.com Mon Jan  1 00:00:00 2026\nA: b\n', ['a=b'], []],
    ['From : a\nA: b\n', ['from=a', 'a=b'], ['ambiguous bad-field-name']],
    ['A: b\nFrom a Mon\n', ['a=b'], BAD_FIELD],
    ['hello\nA: b\n', ['a=b'], BAD_FIELD],
  ])('of the message may begin as in a mailbox file: %j', (head, fields, odd) => {
    expect(read(head, { isTop: true })).toEqual({ fields, odd });
  });

  it('gives the fields alone that may be about the content', () => {
    expect(
      read('A: b\nContent-Type: c\nContents: d\nComment: e\n\xe9Content-X: f\n', { keepsAll: false }).fields,
    ).toEqual(['content-type=c', 'contents=d', 'comment=e', '\xe9content-x=f']);
  });

  it.each([
    [' a\r\n b \r\n', 'a b'],
    [' a\n\tb', 'a\tb'],
    [' a ', 'a'],
    ['a\rb', 'a\rb'],
  ])('has a value on one line: %j', (raw, value) => {
    expect(unfold(raw)).toBe(value);
  });
});
