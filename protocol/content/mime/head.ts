/**
 * The head of a message or part: its fields, and where parsers would not agree on which fields there are.
 *
 * Text is Latin-1, an octet a character.
 */
import type { Findings } from './findings.ts';

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

/** A field's value on one line: each line end goes, the blanks after it stay (RFC 5322 section 2.2.3). */
export function unfold(raw: string): string {
  return raw.includes('\n') ? raw.replace(/\r?\n/g, '').trim() : raw.trim();
}

/** What no field has but where a line end or an end of text is meant by somebody: NUL, VT, FF, bare CR. */
const CONTROL = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]|\r(?!\n|$)/;
const FIELD_NAME = /^[\x21-\x39\x3B-\x7E]+$/;
const CONTENT_FIELD = /^[^A-Za-z]*content[-_ ]/i;

/** Splits a head into its fields. Lines that are none are odd, and left out. */
export function parseHead(head: string, isTop: boolean, findings: Findings): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < head.length) {
    const start = at;
    at = endOfField(head, start);
    const colon = colonOf(head, start, at);
    if (colon === -1) {
      judgeStray(head.slice(start, at), isTop && start === 0, findings);
      continue;
    }
    const written = head.slice(start, colon);
    const raw = head.slice(colon + 1, at);
    const name = written.trim().toLowerCase();
    if (!FIELD_NAME.test(written)) findings.odd('ambiguous', 'bad-field-name');
    if (name.startsWith('content-')) {
      if (CONTROL.test(raw)) findings.odd('ambiguous', 'control-octet');
      if (/\n[ \t]*\r?\n?$|\n[ \t]*\r?\n[ \t]/.test(raw.replace(/\r?\n$/, '')))
        findings.odd('ambiguous', 'blank-continuation');
    } else if (/\r(?!\n|$)/.test(raw) || raw.includes('\0')) findings.odd('ambiguous', 'control-octet');
    else if (raw.includes('\n ') && /\n[ \t]+\r?(?:\n|$)/.test(raw)) findings.odd('ambiguous', 'blank-continuation');
    fields.push({ name, raw });
  }
  return fields;
}

/** Where the field that begins at `start` ends: after the line feed that no blank follows. */
function endOfField(head: string, start: number): number {
  let at = start;
  for (;;) {
    const newline = head.indexOf('\n', at);
    if (newline === -1) return head.length;
    at = newline + 1;
    const next = head.charCodeAt(at);
    if (next !== SPACE && next !== TAB) return at;
  }
}

/** The colon of the field's first line; -1 where it has none, or begins with a blank. */
function colonOf(head: string, start: number, end: number): number {
  const first = head.charCodeAt(start);
  if (first === SPACE || first === TAB) return -1;
  for (let at = start; at < end; at += 1) {
    const octet = head.charCodeAt(at);
    if (octet === COLON) return at === start ? -1 : at;
    if (octet === LF) return -1;
  }
  return -1;
}

/** A line that is no field: some parsers end the head there, some read on. A mailbox's separator stands first. */
function judgeStray(line: string, isFirst: boolean, findings: Findings): void {
  if (isFirst && /^>?From [^\n]*\n?$/.test(line)) return;
  findings.odd('ambiguous', CONTENT_FIELD.test(line) ? 'hidden-field' : 'bad-field');
}
