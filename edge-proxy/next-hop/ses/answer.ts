/** What became of a call to Amazon SES, as the answer of a next hop. */
import { REPLIES, withText } from '../../../policy/reply.ts';
import type { HopAnswer } from '../../../protocol/hop/hop-answer.ts';
import { hopDown, hopDropped, toPrintable } from '../../../protocol/hop/hop-reply.ts';
import { type SesErrorRow, sesErrorRow } from './errors.ts';
import { SES_REPLIES } from './replies.ts';

/** Characters of a reply's text; `replySchema` bounds replies of functions alike. */
const MAX_TEXT_CHARACTERS = 400;
export const MAX_DETAIL_CHARACTERS = 450;
const UNCERTAIN = 'whether the message was taken is uncertain';

/** What `connect` or the look-up of its address came to, before any octet of the request went out. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EMFILE',
  'ENFILE',
]);
/** Errors of TLS, as `node:tls` names them: the request is written only after a handshake that was believed. */
const NOT_BELIEVED = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;
/** The SDK names a connection that was not made in time by words alone. */
const NOT_CONNECTED_IN_TIME = /did not establish a connection/;

/** What the SDK adds to an answer that it could not read, for who debugs it. */
const SDK_ADVICE = 'Deserialization error: to see the raw response';
/** Characters of an error's words that are read: what SES says is short, and the expressions below take more than linear time. */
const MAX_READ_CHARACTERS = 4096;

/** SES took the message; an answer that does not name it is none that SES gives, and says nothing. */
export function answerToSesTaken(messageId: string | undefined): HopAnswer {
  if (messageId === undefined || messageId === '') return uncertain('Amazon SES named no message');
  return {
    reply: REPLIES.ok,
    isTaken: true,
    rule: 'next-hop',
    detail: toPrintable(messageId, MAX_DETAIL_CHARACTERS),
  };
}

/** The call failed. @param sender the reverse-path, named where SES refuses its domain without naming it */
export function answerToSesError(thrown: unknown, sender: string): HopAnswer {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (isNotConnected(error)) return hopDown(logLine(error));
  const row = sesErrorRow(error.name, error.message.slice(0, MAX_READ_CHARACTERS));
  if (row !== undefined) return judged(row, error, sender);
  const line = toPrintable(`${logLine(error)}${statusOf(error)}`, MAX_DETAIL_CHARACTERS);
  // A refusal that was read whole, in a name that we do not know.
  return isClientFault(error) ? { ...REFUSED, detail: line } : uncertain(line);
}

/** Whether anything was taken is not known: 451, and the client sends the message again. */
export function uncertain(detail: string): HopAnswer {
  return hopDropped(`${toPrintable(detail, MAX_DETAIL_CHARACTERS - UNCERTAIN.length - 2)}; ${UNCERTAIN}`);
}

const REFUSED: HopAnswer = { reply: SES_REPLIES.unknownError, isTaken: false, rule: 'next-hop' };

function judged(row: SesErrorRow, error: Error, sender: string): HopAnswer {
  const line = row.words === 'nobody' ? error.name : logLine(error);
  const words = wordsOf(error);
  const about = sender !== '' && row.reply === SES_REPLIES.notVerified && !words.includes('@') ? ` (${sender})` : '';
  const reply =
    row.words === 'client'
      ? withText(row.reply, toPrintable(`${row.reply.text}${about}: ${words}`, MAX_TEXT_CHARACTERS))
      : row.reply;
  const detail = row.isUncertain === true ? uncertain(line).detail : line;
  return { reply, isTaken: false, rule: 'next-hop', ...(detail === undefined ? {} : { detail }) };
}

function logLine(error: Error): string {
  return toPrintable(`${error.name}: ${wordsOf(error)}`, MAX_DETAIL_CHARACTERS);
}

function wordsOf(error: Error): string {
  const [said = ''] = error.message.slice(0, MAX_READ_CHARACTERS).split(SDK_ADVICE, 1);
  const words = said.replace(/\s+/g, ' ').trim();
  // What `node:net` throws when it tried several addresses has no words of its own.
  return words === '' && 'code' in error ? String(error.code) : words;
}

function isNotConnected(error: Error): boolean {
  if (NOT_CONNECTED_IN_TIME.test(error.message)) return true;
  if (!('code' in error) || typeof error.code !== 'string') return false;
  if (NOT_CONNECTED.has(error.code) || NOT_BELIEVED.test(error.code)) return true;
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

/** Set by the SDK on errors that SES gave; one of an answer that could not be read has none. */
function isClientFault(error: Error): boolean {
  return '$fault' in error && error.$fault === 'client';
}

/** The HTTP status of what was answered, where the error alone says little. */
function statusOf(error: Error): string {
  if (!('$metadata' in error)) return '';
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode === undefined ? '' : ` (HTTP ${httpStatusCode})`;
}
