import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { errorText, logTo } from './log.ts';

describe('logTo', () => {
  it('writes one JSON object a line, with time and server', () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });

    logTo(stream, 'mx1')({ event: 'login', username: 'a\r\nb\u2028', gone: undefined });

    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatch(/^[^\r\n]+\n$/);
    expect(JSON.parse(chunks[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      server: 'mx1',
      event: 'login',
      username: 'a\r\nb\u2028',
    });
  });
});

describe('errorText', () => {
  it.each<[string, unknown, string]>([
    ['an error', new Error('table not found'), 'table not found'],
    ['an error with its cause', new Error('Cannot read', { cause: new Error('refused') }), 'Cannot read: refused'],
    ['causes of causes', new Error('a', { cause: new Error('b', { cause: new TypeError('c') }) }), 'a: b: c'],
    ['an error without a message', new TypeError(), 'TypeError'],
    ['a cause that is no error', new Error('a', { cause: 'b' }), 'a: b'],
    ['text', 'gone', 'gone'],
    ['nothing', undefined, 'undefined'],
  ])('tells %s', (_claim, error, text) => {
    expect(errorText(error)).toBe(text);
  });
});
