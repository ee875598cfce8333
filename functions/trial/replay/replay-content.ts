/** A message that is too long where one that was recorded is, with the fault that it had: contents are never kept. */
import type { RecordedCommand } from './replay-recorded.ts';

const LINE = `${'x'.repeat(126)}\r\n`;
const BLOCK = Buffer.from(LINE.repeat(2048));
const END_OF_DATA = Buffer.from('.\r\n');
/** Octets that stand for a message below the limit, and after the limit of one above it. */
const ENOUGH_OCTETS = 4096;
const OVER_THE_LIMIT = 256;
/** Rules that refuse a message for what is in it. */
const FAULTS: readonly string[] = [
  'received-fields',
  'settings#bareNewline',
  'settings#checkHeaderFrom',
  'settings#checkHeaderSender',
];
/** One more than may stand in a message (RFC 5321 section 6.3). */
const RECEIVED_FIELDS = 51;

/**
 * The octets after DATA, terminator included, in pieces.
 *
 * @param author whose address the From field has; empty for a message without one, where no one asks about it
 * @param limit octets that a message may have (`maxMessageOctets`): only whether it is above counts
 */
export function* replayContent({ octets, rule }: RecordedCommand, author: string, limit: number): Generator<Buffer> {
  const head = headOf(rule, author);
  const length = Math.min(octets, octets > limit ? limit + OVER_THE_LIMIT : ENOUGH_OCTETS);
  const isNeeded = FAULTS.includes(rule ?? '') || (author !== '' && head.length <= limit);
  // What is not needed is left out where there is no room for it.
  const start = head.length + 2 <= length || isNeeded ? head : Buffer.alloc(0);
  yield start;
  let left = Math.max(0, length - start.length);
  while (left >= BLOCK.length + 2) {
    yield BLOCK;
    left -= BLOCK.length;
  }
  if (left >= 2) yield Buffer.from(`${'x'.repeat(left - 2)}\r\n`);
  yield END_OF_DATA;
}

function headOf(rule: string | undefined, author: string): Buffer {
  switch (rule) {
    case 'received-fields':
      return Buffer.from(`${'Received: x\r\n'.repeat(RECEIVED_FIELDS)}\r\n`);
    case 'settings#bareNewline':
      return Buffer.from('\r\nx\nx\r\n');
    case 'settings#checkHeaderFrom':
      return Buffer.from('From: <nobody@invalid>\r\n\r\n');
    case 'settings#checkHeaderSender':
      return Buffer.from(`From: <${author}>\r\nSender: <nobody@invalid>\r\n\r\n`);
    default:
      return Buffer.from(author === '' ? '\r\n' : `From: <${author}>\r\n\r\n`);
  }
}
