/** Invariant: fast or plain, in whatever chunks, the scanner hands on the same octets, which hold no end of data and are the message. */
import { DataScanner, type DataScannerOptions } from '../../protocol/content/data-scanner.ts';
import { expectedContent, unstuffed } from '../support/content-oracle.ts';
import { cut } from './cut.ts';
import type { Random } from './random.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const LINE = 'A line of an ordinary message, long enough for the fast path to take it on.\r\n';

const SEEDS = [
  '\r\n.\r\n',
  '.\r\n',
  'Subject: x\r\n\r\nHello\r\n.\r\n',
  `Subject: x\r\n\r\n${LINE.repeat(40)}.\r\n`,
  `Subject: x\r\n\r\n${LINE.repeat(3)}..stuffed\r\n${LINE.repeat(3)}.\r\nNOOP\r\n`,
  `\r\n${LINE}\n.\n${LINE}\r\n.\r\n`,
  `\r\n${LINE}\r.\r${LINE}\r\n.\r\n`,
  `\r\n${'x'.repeat(200)}\0${'y'.repeat(200)}\r\n.\r\n`,
  `${'Received: by x\r\n'.repeat(51)}\r\n${LINE}.\r\n`,
  `${'Received: by x\r\n'.repeat(50)}\r\nReceived: y\r\n.\r\n`,
] as const;

const WORDS = [
  '\r\n.\r\n',
  '\r\n.',
  '\n.\n',
  '\r.\r',
  '\n.\r\n',
  '\r\n.\n',
  '\r\n.\r',
  '.\r\n',
  '..',
  '\r',
  '\n',
  '\r\n',
  '\r\r\n',
  '\0',
  'Received: x\r\n',
  'RECEIVED:',
  LINE,
  LINE.repeat(5),
] as const;

interface Scan {
  /** What was handed on before a fault, of which the amount depends on the chunks. */
  readonly handedOn: string;
  readonly verdict: string;
  readonly badOctet: string | undefined;
}

function scan(chunks: readonly Buffer[], options: DataScannerOptions): Scan {
  const scanner = new DataScanner(options);
  const pieces: Uint8Array[] = [];
  let used = 0;
  for (const chunk of chunks) {
    if (scanner.isComplete) break;
    const end = scanner.scan(chunk, 0, pieces);
    mustHold(scanner.isComplete || end === chunk.length, 'The scanner stops before the end of data');
    mustHold(scanner.heldOctets <= 2, 'The scanner holds more than two octets');
    used += end;
  }
  const { fault, badOctet, isComplete, octets } = scanner;
  const handedOn = Buffer.concat(pieces).toString('latin1');
  return { handedOn, badOctet: JSON.stringify(badOctet), verdict: JSON.stringify({ fault, isComplete, octets, used }) };
}

function attempt(input: Buffer, random: Random): void {
  const options: DataScannerOptions = {
    maxOctets: random.pick([1_000_000, 1_000_000, 20, 300]),
    bareNewline: random.pick(['reject', 'normalise'] as const),
    mustBeAscii: { header: random.pick([true, false]), body: random.pick([true, false]) },
  };
  const plain = scan([input], { ...options, isPlain: true });
  const isFaulty = /"fault"/.test(plain.verdict);
  const others = [
    scan([input], options),
    scan(cut(input, random), options),
    scan(cut(input, random), { ...options, isPlain: true }),
  ];
  for (const { handedOn, verdict, badOctet } of others) {
    mustHold(badOctet === plain.badOctet, () => `Bad octets differ: ${badOctet} and ${plain.badOctet}`);
    mustHold(verdict === plain.verdict, () => `Verdicts differ: ${verdict} and ${plain.verdict}`);
    mustHold(isFaulty || handedOn === plain.handedOn, 'What is handed on depends on the chunks or the path');
  }
  for (const { handedOn } of [plain, ...others]) {
    mustHold(!`\r\n${handedOn}`.includes('\r\n.\r\n'), 'The content handed on holds an end of data');
    const isMended = isFaulty || !/\r(?!\n|$)|(?<!\r)\n/.test(handedOn);
    mustHold(isMended, 'The content handed on holds a bare CR or LF');
  }
  mustBeTheMessage(input.toString('latin1'), plain, options);
}

function mustBeTheMessage(input: string, { handedOn, verdict }: Scan, options: DataScannerOptions): void {
  const { end, fault, message, octets } = expectedContent(input, options);
  if (end === -1) return;
  // Where there are several faults besides the size, whichever stands first is told.
  const told = fault === undefined ? verdict : verdict.replace(/bad-content|mail-loop|8-bit-header|8-bit-body/, fault);
  const expected = JSON.stringify({ fault, isComplete: true, octets, used: end });
  mustHold(told === expected, () => `The verdict is ${verdict} where ${expected} is right`);
  mustHold(fault !== undefined || unstuffed(handedOn) === message, 'What is handed on is not the message');
}

export const dataScannerTarget: FuzzTarget = {
  name: 'data-scanner',
  seeds: () => SEEDS.map((text) => Buffer.from(text, 'latin1')),
  words: WORDS,
  attempt,
};
