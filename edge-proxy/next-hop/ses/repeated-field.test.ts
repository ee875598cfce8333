import { describe, expect, it } from 'vitest';
import { UNREPEATABLE_FIELDS } from '../../../policy/ses-unrepeatable-fields.ts';
import { MAX_SCANNED_OCTETS, repeatedField } from './repeated-field.ts';

function repeatedIn(...lines: readonly string[]): string | undefined {
  return repeatedField(Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1'));
}

describe('repeatedField', () => {
  it.each(UNREPEATABLE_FIELDS)('finds a second %s', (name) => {
    expect(repeatedIn(`${name}: a`, 'To: b', `${name}: c`, '', 'body')).toBe(name);
    expect(repeatedIn(`${name}: a`, 'To: b', '', 'body')).toBeUndefined();
  });

  it('names 60 fields, each once', () => {
    expect(new Set(UNREPEATABLE_FIELDS.map((name) => name.toLowerCase()))).toHaveProperty('size', 60);
  });

  it.each([
    ['in another case', ['subject: a', 'SUBJECT: b', ''], 'Subject'],
    ['the first one found', ['Date: a', 'Subject: b', 'subject: c', 'date: d', ''], 'Subject'],
    ['with white space before the colon', ['Subject : a', 'Subject\t: b', ''], 'Subject'],
    ['without a value', ['Subject:', 'Subject:', ''], 'Subject'],
    ['behind a folded field', ['Subject: a', ' b', '\tc', 'Subject: d', ''], 'Subject'],
    ['behind a line that is no field', ['Subject: a', 'no field at all', 'Subject: b', ''], 'Subject'],
    ['in a message without a body', ['Subject: a', 'Subject: b'], 'Subject'],
  ])('finds it %s', (_, lines, name) => {
    expect(repeatedIn(...lines)).toBe(name);
  });

  it.each([
    ['a message without fields', ['', 'body']],
    ['nothing', []],
    ['what stands in a folded line', ['Subject: a', ' Subject: b', '\tSubject: c', '']],
    ['the body', ['Subject: a', '', 'Subject: b', 'Subject: c']],
    ['fields that may stand twice', ['Received: a', 'Received: b', 'To: c', 'To: d', 'X-A: e', 'X-A: f', '']],
    ['names that only begin alike', ['Subject: a', 'Subject-X: b', 'Subjec: c', '']],
    ['a value with a field in it', ['X-A: Subject: a', 'X-B: Subject: b', '']],
    ['lines that begin with a colon', [': a', ': b', '']],
  ])('does not complain of %s', (_, lines) => {
    expect(repeatedIn(...lines)).toBeUndefined();
  });

  it('does not look beyond the first 256 KiB', () => {
    const filler = 'X-Filler: '.padEnd(998, 'x');
    const lines = Array.from({ length: Math.ceil(MAX_SCANNED_OCTETS / 1000) }, () => filler);

    expect(repeatedIn('Subject: a', ...lines.slice(2), 'Subject: b', '')).toBe('Subject');
    expect(repeatedIn('Subject: a', ...lines, 'Subject: b', '')).toBeUndefined();
  });

  // Each would outlast the test's time if a line were looked for in all that follows it.
  it.each([
    ['one endless line', 'x'.repeat(40_000_000)],
    ['very many short lines', 'x\r\n'.repeat(10_000_000)],
    ['very many short fields', 'a:\r\n'.repeat(5_000_000)],
    ['very many folds', ` \t\r\n`.repeat(5_000_000)],
  ])('is soon done with %s', (_, text) => {
    expect(repeatedField(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});
