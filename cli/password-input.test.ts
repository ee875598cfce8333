import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { HiddenLine, readPassword } from './password-input.ts';

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

const NEVER = new AbortController().signal;

/** A terminal that is typed on; it says whether it was raw, in which it shows nothing, whenever a key came. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
}

function asked(keys: readonly string[]) {
  const terminal = new Terminal();
  const shown: string[] = [];
  const waiting = [...keys];
  const prompt = (text: string): void => {
    shown.push(text);
    if (text === '\n') return;
    const next = waiting.shift() ?? '\u0004';
    setImmediate(() => {
      shown.push(terminal.isRaw ? '(hidden)' : next);
      terminal.write(next);
    });
  };
  const password = readPassword({
    input: terminal as unknown as NodeJS.ReadStream,
    isPiped: false,
    prompt,
    signal: NEVER,
  });
  return { terminal, shown, password };
}

describe('a password asked for', () => {
  it('is typed twice, and shown not once', async () => {
    const { terminal, shown, password } = asked(['s3cret\r', 's3cret\r']);

    expect(await password).toBe('s3cret');
    expect(shown).toEqual(['Password: ', '(hidden)', '\n', 'Password again: ', '(hidden)', '\n']);
    expect(terminal.isRaw).toBe(false);
  });

  it.each([
    [['one\r', 'two\r'], 'The two passwords differ'],
    [['\u0003'], 'No password was given'],
    [['\r', '\r'], 'The password is empty'],
  ])('%j is none', async (keys, problem) => {
    const { terminal, password } = asked(keys);

    await expect(password).rejects.toThrow(problem);
    expect(terminal.isRaw).toBe(false);
  });

  it('of nobody is asked for by another way', async () => {
    const input = Readable.from([]) as unknown as NodeJS.ReadStream;

    await expect(readPassword({ input, isPiped: false, prompt: () => undefined, signal: NEVER })).rejects.toThrow(
      'use --stdin',
    );
  });
});
