/**
 * The head of a message or part: its fields, and where parsers would not agree on which fields there are.
 *
 * Text is Latin-1, an octet a character.
 */
import type { Findings } from '../common/findings.ts';

export interface Field {
  /** In lower case; blanks in front of the colon left out. */
  readonly name: string;
  /** As it was written, line ends and all. */
  readonly raw: string;
}

const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const LF = 0x0a;
const LETTER_C = 0x63;

/** A field's value on one line: each line end goes, the blanks after it stay (RFC 5322 section 2.2.3). */
export function unfold(raw: string): string {
  return raw.includes('\n') ? raw.replace(/\r?\n/g, '').trim() : raw.trim();
}

/** What no field has but where a line end or an end of text is meant by somebody: NUL, VT, FF, bare CR. */
const CONTROL = /[\x00\x0B\x0C]|\r(?!\n|$)/;
const CONTENT_CONTROL = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/;
/** Lines of blanks: to some the end of the head. */
const BLANK_LINE = /\n[ \t]+\r?(?:\n|$)/;
/** What a mailbox file has in front of a message: no field, though there are colons in it. */
const SEPARATOR = /^>?From [^:\n]/;
const CONTENT_FIELD = /^[^A-Za-z]*content[-_ ]/i;

export interface HeadReading {
  /** It is the message's own, and may begin with a mailbox file's separator. */
  readonly isTop: boolean;
  /** Every field is given; else those alone that may be about the content. */
  readonly keepsAll: boolean;
}

/** Splits a head into its fields. Lines that are none are odd, and left out. */
export function parseHead(head: string, { isTop, keepsAll }: HeadReading, findings: Findings): readonly Field[] {
  const fields: Field[] = [];
  if (CONTROL.test(head)) findings.odd('ambiguous', 'control-octet');
  if ((head.includes('\n ') || head.includes('\n\t')) && BLANK_LINE.test(head))
    findings.odd('ambiguous', 'blank-continuation');
  let at = 0;
  while (at < head.length) {
    const start = at;
    at = endOfField(head, start, findings);
    if (findings.isOver) break;
    const colon = isTop && start === 0 && SEPARATOR.test(head) ? NO_FIELD : colonOf(head, start, at);
    if (colon === NO_FIELD) {
      judgeStray(head.slice(start, at), isTop && start === 0, findings);
      continue;
    }
    if (!keepsAll && colon > 0 && (head.charCodeAt(start) | 0x20) !== LETTER_C) continue;
    const end = colon < 0 ? ~colon : colon;
    const name = head.slice(start, end).trim().toLowerCase();
    const raw = head.slice(end + 1, at);
    if (colon < 0) findings.odd('ambiguous', 'bad-field-name');
    if (name.startsWith('content') && CONTENT_CONTROL.test(raw)) findings.odd('ambiguous', 'control-octet');
    fields.push({ name, raw });
  }
  return fields;
}

/** Where the field that begins at `start` ends: after the line feed that no blank follows. */
function endOfField(head: string, start: number, findings: Findings): number {
  let at = start;
  for (;;) {
    findings.startHeadLine();
    const newline = head.indexOf('\n', at);
    if (newline === -1) return head.length;
    at = newline + 1;
    const next = head.charCodeAt(at);
    if (next !== SPACE && next !== TAB) return at;
  }
}

const NO_FIELD = Number.NEGATIVE_INFINITY;

/**
 * The colon of the field's first line; its complement where something stands in front of it that no name has, and
 * `NO_FIELD` where there is none, or the line begins with a blank.
 */
function colonOf(head: string, start: number, end: number): number {
  const first = head.charCodeAt(start);
  if (first === SPACE || first === TAB || first === COLON) return NO_FIELD;
  let isPlain = true;
  for (let at = start; at < end; at += 1) {
    const octet = head.charCodeAt(at);
    if (octet === COLON) return isPlain ? at : ~at;
    if (octet === LF) return NO_FIELD;
    if (octet <= SPACE || octet >= 0x7f) isPlain = false;
  }
  return NO_FIELD;
}

/** A line that is no field: some parsers end the head there, some read on. */
function judgeStray(line: string, isFirst: boolean, findings: Findings): void {
  if (isFirst && SEPARATOR.test(line)) return;
  findings.odd('ambiguous', CONTENT_FIELD.test(line) ? 'hidden-field' : 'bad-field');
}
