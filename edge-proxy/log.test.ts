import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { errorText, isoTime, LineLog } from './log.ts';

/** A stream whose lines a test reads. */
function listening(): { stream: Writable; lines: () => string[] } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, lines: () => chunks.join('').split('\n').slice(0, -1) };
}

describe('LineLog', () => {
  it('writes one JSON object a line, with time and server', () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });

    const lines = new LineLog(stream, 'mx1');
    lines.log({ event: 'login', username: 'a\r\nb\u2028', gone: undefined });
    lines.flush();

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

it('sends lines of sessions off together, soon and in order, and any other at once after them', async () => {
  const batches: string[][] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const lines = chunk.toString().trimEnd().split('\n');
      batches.push(lines.map((line) => String(JSON.parse(line).event)));
      done();
    },
  });
  const { log } = new LineLog(stream, 'mx1');

  for (const event of ['login', 'refusal', 'transaction']) log({ event });
  const early = batches.length;
  await vi.waitFor(() => expect(batches).toHaveLength(1));
  for (const event of ['transaction', 'fault']) log({ event });

  expect(early).toBe(0);
  expect(batches).toEqual([
    ['login', 'refusal', 'transaction'],
    ['transaction', 'fault'],
  ]);
});

// A pipe whose other end is behind takes no more, and the stream would keep all that it is given.
describe('a reader that is behind', () => {
  const FIELDS = { event: 'transaction', recipient: 'x'.repeat(1000) };

  function stalled(): { stream: Writable; lines: string[]; catchUp: () => void } {
    const lines: string[] = [];
    let waiting: (() => void) | undefined;
    let isBehind = true;
    const stream = new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        lines.push(...String(chunk).split('\n').slice(0, -1));
        if (isBehind) waiting = done;
        else done();
      },
    });
    const catchUp = (): void => {
      isBehind = false;
      waiting?.();
    };
    return { stream, lines, catchUp };
  }

  it('reads each line as it was logged, though the memory of lines is used again', async () => {
    const numbers: number[] = [];
    const late = new Writable({
      write(chunk, _encoding, done) {
        setImmediate(() => {
          for (const line of String(chunk).split('\n').slice(0, -1)) numbers.push(JSON.parse(line).number);
          done();
        });
      },
    });
    const lineLog = new LineLog(late, 'mx1');

    // An event of the process leaves at once, in a batch of its own.
    for (let number = 0; number < 50; number += 1) {
      lineLog.log({ event: 'fault', number, text: 'x'.repeat(number % 7 === 0 ? 200_000 : number) });
      if (number % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await lineLog.written(5000);

    expect(numbers).toEqual(Array.from({ length: 50 }, (_, number) => number));
  });

  it('costs a bounded number of octets, and hears how many lines it missed', async () => {
    const { stream, lines, catchUp } = stalled();
    const lineLog = new LineLog(stream, 'mx1');
    const { log } = lineLog;

    for (let line = 0; line < 10_000; line += 1) log(FIELDS);
    lineLog.flush();
    const waitingOctets = stream.writableLength;
    catchUp();
    await lineLog.written(5000);
    log({ event: 'next' });
    lineLog.flush();

    expect(waitingOctets).toBeLessThan(4_300_000);
    const told = lines.map((line): { event: string; lines?: number } => JSON.parse(line)).slice(-2);
    expect(told.map(({ event }) => event)).toEqual(['lines-dropped', 'next']);
    expect((told[0]?.lines ?? 0) + lines.length - 2).toBe(10_000);
  });

  it('is waited for no longer than told', async () => {
    const { stream } = stalled();
    const lineLog = new LineLog(stream, 'mx1');
    lineLog.log(FIELDS);

    await lineLog.written(10);

    expect(stream.writableLength).toBeGreaterThan(0);
  });
});

describe('a character that commands who shows it', () => {
  it.each([
    ['C1, CSI', '\u009b'],
    ['DEL', '\u007f'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['a direction override', '\u202e'],
    ['an isolate', '\u2066'],
    ['a direction mark', '\u200f'],
    ['a byte order mark', '\ufeff'],
  ])('is escaped in every field: %s', (_name, character) => {
    const { stream, lines } = listening();
    const lineLog = new LineLog(stream, 'mx1');
    const sender = `<${character}31m@x.example>`;

    lineLog.log({ event: 'transaction', sender }, { field: 'undelivered', text: JSON.stringify({ sender }) });
    lineLog.flush();

    const text = lines().join('\n');
    expect(text).not.toContain(character);
    expect(JSON.parse(text)).toMatchObject({ sender, undelivered: { sender } });
  });
});

describe('a reader that is gone', () => {
  it('is told of once; lines are dropped and counted, and nothing waits for it', async () => {
    const told = vi.fn();
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const lineLog = new LineLog(stream, 'mx1', told);

    lineLog.log({ event: 'listening' });
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce());
    for (let line = 0; line < 3; line += 1) lineLog.log({ event: 'fault' });
    stream.emit('error', new Error('write EPIPE'));
    await lineLog.written(60_000);

    expect(told).toHaveBeenCalledOnce();
    expect(lineLog.dropped).toBe(3);
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

it('writes each time as Date does, whatever was asked before it', () => {
  const times = [0, 1, 1, 1_767_323_045_678, 1_767_323_045_678, 1_767_323_045_679, 0];

  expect(times.map(isoTime)).toEqual(times.map((timeMs) => new Date(timeMs).toISOString()));
});
