import { describe, expect, it } from 'vitest';
import { SEGMENTATIONS, type Segmentation } from '../../test/support/segmentation.ts';
import { type LimitFor, LineReader, type ScreenedLine } from './line-reader.ts';

const LIMITS: Readonly<Record<string, number>> = { QUIT: 6, DATA: 6, MAIL: 40, STARTTLS: 10 };
const limitFor: LimitFor = (name) => LIMITS[name] ?? 20;

/** All lines that come of `input`; no more than the limit in force is ever held. */
function readLines(input: string, { cut }: Segmentation, limit: LimitFor = limitFor): ScreenedLine[] {
  const reader = new LineReader();
  const lines: ScreenedLine[] = [];
  for (const chunk of cut(Buffer.from(input, 'latin1'))) {
    for (let at = 0; at < chunk.length; ) {
      at = reader.read(chunk, at, limit);
      const line = reader.takeLine();
      if (line !== undefined) lines.push(line);
    }
  }
  return lines;
}

function summary(line: ScreenedLine): string {
  const flags = [line.isOverlong && 'overlong', line.hasBadOctets && 'bad', line.has8Bit && '8-bit'].filter(Boolean);
  return `${line.name}|${line.text}|${line.octets}${flags.map((flag) => ` ${flag}`).join('')}`;
}

describe.each(SEGMENTATIONS)('LineReader, input $name', (segmentation) => {
  it.each<[claim: string, input: string, lines: string[]]>([
    // Only CR LF ends a line (RFC 5321 section 2.3.8).
    ['ends a line at CR LF', 'NOOP a\r\n', ['NOOP|NOOP a|8']],
    ['splits pipelined lines', 'NOOP\r\nQUIT\r\n', ['NOOP|NOOP|6', 'QUIT|QUIT|6']],
    ['gives an empty line', '\r\n', ['||2']],
    ['tells no line before its CR LF', 'NOOP a', []],
    ['tells no line at a bare LF', 'NOOP a\n', []],
    ['tells no line at a bare CR', 'NOOP a\r', []],
    ['takes a bare LF as a bad octet', 'NOOP a\nQUIT\r\n', ['NOOP|NOOP a\nQUIT|13 bad']],
    ['takes a bare CR as a bad octet', 'NOOP a\rQUIT\r\n', ['NOOP|NOOP a\rQUIT|13 bad']],
    ['takes CR CR LF as a line with a bare CR', 'NOOP\r\r\n', ['NOOP|NOOP\r|7 bad']],
    ['takes a lone LF at the start as a bad octet', '\nQUIT\r\n', ['|\nQUIT|7 bad']],

    // Octets.
    ['flags NUL', 'NOOP \0\r\n', ['NOOP|NOOP \0|8 bad']],
    ['flags a tab', 'NOOP \t\r\n', ['NOOP|NOOP \t|8 bad']],
    ['flags DEL', 'NOOP \x7f\r\n', ['NOOP|NOOP \x7f|8 bad']],
    ['flags 0x80', 'NOOP \x80\r\n', ['NOOP|NOOP \x80|8 8-bit']],
    ['flags 0xFF', 'NOOP \xff\r\n', ['NOOP|NOOP \xff|8 8-bit']],
    ['keeps blank and tilde', 'NOOP  ~\r\n', ['NOOP|NOOP  ~|9']],

    // The name of the verb.
    ['reads the verb in either case', 'nOoP\r\n', ['NOOP|nOoP|6']],
    ['has no name where a tab follows', 'NOOP\ta\r\n', ['|NOOP\ta|8 bad']],
    ['has no name where the line starts with a blank', ' NOOP\r\n', ['| NOOP|7']],
    ['has no name of more than eight letters', 'STARTTLSX\r\n', ['|STARTTLSX|11']],
    ['has no name with a digit', 'NO1P\r\n', ['|NO1P|6']],
    ['has no name with an octet above 0x7F', 'NO\xcfP\r\n', ['|NO\xcfP|6 8-bit']],

    // Limits, CR LF counted.
    ['takes a line at its limit', 'QUIT\r\n', ['QUIT|QUIT|6']],
    ['refuses one octet over it', 'QUIT \r\n', ['QUIT||7 overlong']],
    ['takes another verb at its own limit', `MAIL ${'a'.repeat(33)}\r\n`, [`MAIL|MAIL ${'a'.repeat(33)}|40`]],
    ['refuses that one octet over it', `MAIL ${'a'.repeat(34)}\r\n`, ['MAIL||41 overlong']],
    ['takes the longest verb at its limit', 'STARTTLS\r\n', ['STARTTLS|STARTTLS|10']],
    ['refuses that one octet over it too', 'STARTTLS \r\n', ['STARTTLS||11 overlong']],
    ['holds an unknown verb to the limit for none', `${'x'.repeat(18)}\r\n`, [`|${'x'.repeat(18)}|20`]],
    ['refuses an unknown verb over it', `${'x'.repeat(19)}\r\n`, ['||21 overlong']],
    [
      'stays in step behind an overlong line',
      `NOOP ${'x'.repeat(99)}\r\nQUIT\r\n`,
      ['NOOP||106 overlong', 'QUIT|QUIT|6'],
    ],
    ['does not end an overlong line at a bare LF', `NOOP ${'x'.repeat(30)}\nQUIT\r\n`, ['NOOP||42 overlong']],
    ['does not end an overlong line at a bare CR', `NOOP ${'x'.repeat(30)}\rQUIT\r\n`, ['NOOP||42 overlong']],
    ['judges the limit before the octets', 'QUIT\r\0\0\0\r\n', ['QUIT||10 overlong']],
  ])('%s', (_claim, input, lines) => {
    const read = readLines(input, segmentation);

    expect(read.map(summary)).toEqual(lines);
  });

  it('leaves the octets behind a line to the next read', () => {
    const [first, second] = readLines('NOOP a\r\nNOOP b\r\n', segmentation);

    expect(first?.text).toBe('NOOP a');
    expect(second?.text).toBe('NOOP b');
  });

  it('tells the limit that a line was held to', () => {
    expect(readLines('QUIT\r\nNOOP\r\n', segmentation).map((line) => line.limit)).toEqual([6, 20]);
  });

  it('asks for the limit of the verb, never of more than the verb', () => {
    const asked = new Set<string>();
    readLines('noop a b\r\nxyzzy\r\n', segmentation, (name) => {
      asked.add(name);
      return 100;
    });

    expect([...asked]).toEqual(['NOOP', 'XYZZY']);
  });
});

describe('LineReader', () => {
  it.each([
    ['a verb with a short limit and CR', 'QUIT\rabcdefghijkl', 6],
    ['a verb with a short limit and a blank', 'QUIT abcdefghijkl', 6],
    ['a verb with a longer limit', `MAIL ${'a'.repeat(100)}`, 40],
    ['no verb', 'x'.repeat(100), 20],
  ])('holds no more than the limit of %s, at any octet', (_claim, input, limit) => {
    const reader = new LineReader();
    let most = 0;
    for (const octet of Buffer.from(input, 'latin1')) {
      reader.read(Buffer.of(octet), 0, limitFor);
      most = Math.max(most, reader.heldOctets);
    }

    expect(most).toBeLessThanOrEqual(limit);
    expect(reader.heldOctets).toBe(0);
  });

  it('keeps nothing of a line that lies whole in its chunk', () => {
    const reader = new LineReader();
    reader.read(Buffer.from('NOOP a\r\nNO'), 0, limitFor);

    expect(reader.heldOctets).toBe(0);
  });

  it('gives a line once', () => {
    const reader = new LineReader();
    reader.read(Buffer.from('NOOP\r\n'), 0, limitFor);

    expect(reader.takeLine()?.text).toBe('NOOP');
    expect(reader.takeLine()).toBeUndefined();
  });

  it('knows nothing of an unfinished line after a reset', () => {
    const reader = new LineReader();
    reader.read(Buffer.from('QUIT\r'), 0, limitFor);
    reader.reset();
    reader.read(Buffer.from('\nNOOP\r\n'), 0, limitFor);

    expect(reader.takeLine()?.text).toBe('\nNOOP');
  });

  it('starts where it is told to', () => {
    const reader = new LineReader();
    const end = reader.read(Buffer.from('xxxQUIT\r\nyyy'), 3, limitFor);

    expect(end).toBe(9);
    expect(reader.takeLine()?.text).toBe('QUIT');
  });
});
