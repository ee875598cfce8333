import { describe, expect, it } from 'vitest';
import type { MimeFacts, PartFacts } from '../../policy/screen/message-facts.ts';
import type { ScreenVerdict } from '../../policy/screen/screen-rule.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { MAX_RECORDED, MAX_RECORDED_NAME, recordOf, Screening } from './screening.ts';

const ENVELOPE = { sender: 'a@example.org', recipients: ['bob@example.com'] };
const RULES = [
  { item: 'screen#100-programs', attachment: ['*.exe'], action: 'refuse' },
  { item: 'screen#200-lottery', words: ['lottery'], action: 'hold' },
  { item: 'screen#050-any', messageOctets: 1, action: 'tag', tag: 'X-Seen: yes' },
] as const;

const PART: PartFacts = {
  mimeTypes: ['application/pdf'],
  names: ['a.pdf'],
  namesInside: [],
  types: ['archive'],
  octets: 5,
  isAttachment: true,
};
const FACTS: MimeFacts = { octets: 9, parts: [PART], structure: [], header: [], text: ['never recorded'] };
const NOTHING: ScreenVerdict = { action: 'accept', tags: [], tagged: [], reported: [] };

function list<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_each, index) => make(index));
}

describe('a message that streams by', () => {
  function screened(message: string, settings = {}) {
    const screening = new Screening(testPolicy(settings, RULES), ENVELOPE);
    for (const octet of Buffer.from(message, 'latin1')) screening.receive(Uint8Array.of(octet));
    return screening.end();
  }

  it.each([
    ['that no rule is about', 'Subject: x\r\n\r\nhello\r\n', 'accept', undefined],
    ['with a program', 'Content-Type: text/plain; name=a.exe\r\n\r\nx\r\n', 'refuse', 'screen#100-programs'],
    ['with a word in its text', 'Subject: x\r\n\r\nthe lottery\r\n', 'hold', 'screen#200-lottery'],
    ['with a word behind a dot that was doubled', 'Subject: x\r\n\r\n..lottery\r\n', 'hold', 'screen#200-lottery'],
  ])('%s is judged when it has ended', (_what, message, action, rule) => {
    const { verdict, record } = screened(message);

    expect(verdict).toMatchObject({ action });
    expect(verdict.decisive?.rule).toBe(rule);
    expect(record.action).toBe(action);
    expect(record.matches.map((match) => match.rule)).toEqual([
      'screen#050-any',
      ...(rule === undefined ? [] : [rule]),
    ]);
    expect(record.rule).toBe(rule);
  });

  it('counts its octets without the dots that were doubled', () => {
    const { record } = screened('Subject: x\r\n\r\n..a\r\n');

    expect(record.parts).toMatchObject([{ octets: 4, isAttachment: false }]);
  });

  it('is recorded with what tags it, before what decides', () => {
    const { record } = screened('Subject: x\r\n\r\nthe lottery\r\n');

    expect(record.matches.map(({ rule, action }) => [rule, action])).toEqual([
      ['screen#050-any', 'tag'],
      ['screen#200-lottery', 'hold'],
    ]);
  });

  it('is taken and told of where rules report only', () => {
    const { verdict, record } = screened('Subject: x\r\n\r\nthe lottery\r\n', { reportOnly: true });

    expect(verdict.action).toBe('accept');
    expect(record).toMatchObject({ action: 'accept', matches: [] });
    expect(record.reported.map(({ rule }) => rule)).toEqual(['screen#050-any', 'screen#200-lottery']);
    expect(record).not.toHaveProperty('rule');
  });
});

describe('the record of a message', () => {
  it('has what was found, and nothing of the text', () => {
    const structure = [{ flag: 'ambiguous', reason: 'duplicate-field', more: 1 } as const];

    expect(recordOf(NOTHING, { ...FACTS, structure })).toEqual({
      action: 'accept',
      matches: [],
      reported: [],
      structure: [{ flag: 'ambiguous', reason: 'duplicate-field' }],
      parts: [PART],
    });
  });

  it('has twenty of each list, and says how many parts it leaves out', () => {
    const names = list(MAX_RECORDED + 1, (index) => `${index}.pdf`);
    const part = { ...PART, names, namesInside: names, mimeTypes: names };
    const structure = list(MAX_RECORDED + 1, (index) => ({ flag: 'ambiguous', reason: `r${index}` }) as const);
    const facts = { ...FACTS, parts: list(MAX_RECORDED + 2, () => part), structure };

    const record = recordOf(NOTHING, facts);

    expect(record.structure).toHaveLength(MAX_RECORDED);
    expect(record.parts).toHaveLength(MAX_RECORDED);
    expect(record.partsOmitted).toBe(2);
    const [first] = record.parts;
    for (const kept of [first?.names, first?.namesInside, first?.mimeTypes]) {
      expect(kept).toEqual(names.slice(0, MAX_RECORDED));
    }
    expect(recordOf(NOTHING, { ...facts, parts: list(MAX_RECORDED, () => part) })).not.toHaveProperty('partsOmitted');
  });

  it.each([
    ['at the bound', 'x'.repeat(MAX_RECORDED_NAME), 'x'.repeat(MAX_RECORDED_NAME)],
    ['over it', 'x'.repeat(MAX_RECORDED_NAME + 1), `${'x'.repeat(MAX_RECORDED_NAME)}…`],
    [
      'cut in the middle of a character',
      `${'x'.repeat(MAX_RECORDED_NAME - 1)}😀`,
      `${'x'.repeat(MAX_RECORDED_NAME - 1)}\uFFFD…`,
    ],
  ])('has names and facts of 200 characters, and one more that was longer: %s', (_what, name, kept) => {
    const match = { rule: 'screen#1', action: 'refuse', facts: [name] } as const;
    const verdict = { ...NOTHING, action: 'refuse', decisive: match, tagged: [match], reported: [match] } as const;
    const part = { ...PART, names: [name], namesInside: [name], mimeTypes: [name] };

    const record = recordOf(verdict, { ...FACTS, parts: [part] });

    const recorded = { rule: 'screen#1', action: 'refuse', facts: [kept] };
    expect(record).toMatchObject({ rule: 'screen#1', matches: [recorded, recorded], reported: [recorded] });
    expect(record.parts).toEqual([{ ...PART, names: [kept], namesInside: [kept], mimeTypes: [kept] }]);
  });
});
