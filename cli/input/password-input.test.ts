import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readPassword } from './password-input.ts';

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
    ['secret\n', 'secret'],
    ['sedx\u007f\u0008cret\r', 'secret'],
    ['wrong\u0015right\r', 'right'],
    ['pässword\u{1F511}x\u007f\r', 'pässword\u{1F511}'],
    // Arrow keys move, and are no part of it.
    ['sect\u001b[D\u001b[D\u001b[Cre\u001b[A\r', 'secret'],
    ['seXcret\u001b[H\u001b[C\u001b[C\u001b[3~\r', 'secret'],
  ])('typed as %j is %j', async (keys, text) => {
    expect(await asked([keys, keys]).password).toBe(text);
  });

  it('that is pasted with both its lines is read from both', async () => {
    expect(await asked(['pasted one\rpasted one\r', '']).password).toBe('pasted one');
  });

  it.each([
    [['one\r', 'two\r'], 'The two passwords differ'],
    [['\u0003'], 'No password was given'],
    [['half\u0003'], 'No password was given'],
    [['\u0004'], 'No password was given'],
    [['\r', '\r'], 'The password is empty'],
  ])('%j is none', async (keys, problem) => {
    const { terminal, password } = asked(keys);

    await expect(password).rejects.toThrow(problem);
    expect(terminal.isRaw).toBe(false);
  });

  it('of no one is asked for by another way', async () => {
    const input = Readable.from([]) as unknown as NodeJS.ReadStream;

    await expect(readPassword({ input, isPiped: false, prompt: () => undefined, signal: NEVER })).rejects.toThrow(
      'use --stdin',
    );
  });
});
