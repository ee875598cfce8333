import { expect, it } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

it('ends lines at LF alone, wherever the octets are cut', () => {
  const text = '{"a":"x\u2028y\u2029z"}\r\n\nlast ä';
  const octets = Buffer.from(text);
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));

  for (const octet of octets) splitter.receive(Buffer.of(octet));
  splitter.end();

  expect(lines).toEqual(['{"a":"x\u2028y\u2029z"}\r', '', 'last ä']);
});
