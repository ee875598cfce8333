import { describe, expect, it } from 'vitest';
import { HiddenLine } from './password-input.ts';

describe('a password typed without echo', () => {
  it.each([
    ['secret\r', 'secret'],
    ['secret\n', 'secret'],
    ['sedx\u007f\u0008cret\r', 'secret'],
    ['wrong\u0015right\r', 'right'],
    ['pässword\u{1F511}x\u007f\r', 'pässword\u{1F511}'],
    ['\u007f\r', ''],
  ])('%j is %j', (keys, text) => {
    const line = new HiddenLine();

    const states = [...Buffer.from(keys)].map((octet) => line.receive(Buffer.of(octet)));

    expect(states.at(-1)).toBe('done');
    expect(line.text).toBe(text);
  });

  it.each(['sec\u0003', '\u0004'])('%j gives up', (keys) => {
    expect(new HiddenLine().receive(Buffer.from(keys))).toBe('given-up');
  });
});
