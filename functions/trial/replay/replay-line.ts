/**
 * The line of a recorded command, as far as it was kept; the rest is filled up to its octets.
 *
 * What was refused before it was read (overlong, bad octets) and what may hold a credential is never recorded. In its
 * place stands a line of the same length that the same check refuses.
 */
import { MAX_RECORDED_LINE } from '../../../policy/event.ts';
import { credentials } from './replay-credentials.ts';
import type { RecordedCommand } from './replay-recorded.ts';

export interface ReplayLine {
  /** CR LF included. */
  readonly octets: Buffer;
  /** Whether it stands for a line of which little is known: what is behind the screen cannot be told. */
  readonly isFiller: boolean;
}

const CR_LF_OCTETS = 2;
/** RFC 4954 section 4: an empty initial response. */
const EMPTY_INITIAL = '=';

export function replayLine(command: RecordedCommand): ReplayLine {
  const length = Math.max(0, command.octets - CR_LF_OCTETS);
  if (command.verb === 'AUTH') return { octets: ended(authLine(command, length)), isFiller: isScreened(command) };
  const { line = '' } = command;
  const isWhole = Buffer.byteLength(line) === length && command.verb !== 'unknown';
  if (isWhole) return { octets: ended(line), isFiller: false };
  // Blanks after a line are no part of it.
  if (line.length >= MAX_RECORDED_LINE) return { octets: ended(filled(line, length, ' ')), isFiller: false };
  if (command.rule === 'command-octets') return { octets: ended(filled(`${line} `, length, '\x01')), isFiller: true };
  if (command.verb === 'unknown') return { octets: ended(filled('', length, 'X')), isFiller: false };
  return { octets: ended(filled(`${line} `, length, 'x')), isFiller: true };
}

/** Refused by its length or its octets, so that no one has read it. */
function isScreened({ rule, reply, kind }: RecordedCommand): boolean {
  return kind === 'command' && reply === 500 && (rule === 'command#AUTH' || rule === 'command-octets');
}

function authLine(command: RecordedCommand, length: number): string {
  const { mechanism, kind, reply, answer = '', rule } = command;
  const isMalformed = reply === 501 && answer.startsWith('5.5.2');
  if (kind === 'response') {
    if (reply === 501 && answer.startsWith('5.7.0')) return '*';
    return isMalformed ? '!'.repeat(length) : credentials({ mechanism, length });
  }
  if (rule === 'command-octets') return filled('AUTH ', length, '\x01');
  if (mechanism === undefined) return filled('AUTH ', length, 'X');
  const left = length - `AUTH ${mechanism} `.length;
  if (left <= 0) return filled(`AUTH ${mechanism}`, length, ' ');
  if (isMalformed) return filled(`AUTH ${mechanism} `, length, '!');
  const initial = left === 1 ? EMPTY_INITIAL : credentials({ mechanism, length: left });
  return `AUTH ${mechanism} ${initial}`;
}

/** `text` cut or filled to `length` octets. */
function filled(text: string, length: number, filler: string): string {
  const octets = Buffer.from(text).subarray(0, length).toString('latin1');
  return Buffer.from(octets + filler.repeat(length - octets.length), 'latin1').toString('utf8');
}

function ended(text: string): Buffer {
  return Buffer.from(`${text}\r\n`);
}
