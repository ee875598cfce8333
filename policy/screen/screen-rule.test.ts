import { describe, expect, it } from 'vitest';
import { parsePolicyItem } from '../item.ts';
import type { MimeFacts, PartFacts } from './message-facts.ts';
import { judgeScreen, neededFacts, type ScreenRule, type ScreenSettings } from './screen-rule.ts';

const SETTINGS: ScreenSettings = { whenUnreadable: 'hold', reportOnly: false };
const ENVELOPE = { sender: 'Alice@Example.com', recipients: ['bob@example.net', 'carol@example.org'] };

function rule(attributes: Readonly<Record<string, unknown>>, item = 'screen#100-test'): ScreenRule {
  const result = parsePolicyItem({ server: 'mx1', item, action: 'hold', ...attributes });
  if (!result.ok || result.value.kind !== 'screen') throw new TypeError(result.ok ? 'no rule' : result.problem);
  return result.value;
}

function part(given: Partial<PartFacts>): PartFacts {
  return { mimeTypes: [], names: [], namesInside: [], types: [], octets: 10, isAttachment: true, ...given };
}

const PLAIN: MimeFacts = { octets: 1000, parts: [], structure: [], header: [], text: [] };

function header(...fields: [name: string, ...readings: string[]][]): Pick<MimeFacts, 'header'> {
  return { header: fields.map(([name, ...readings]) => ({ name, readings })) };
}

const EVIL = part({ names: ['Evil.EXE'], types: ['executable'], mimeTypes: ['application/pdf'], octets: 5000 });
const TWO_NAMES = part({ names: ['ours.exe', 'evil.exe'] });
const ZIP = part({ names: ['a.zip'], namesInside: ['docs/b.js'], types: ['archive', 'script'] });
const BODY = part({ mimeTypes: ['text/html'], types: ['html'], isAttachment: false, octets: 9000 });

describe('a condition', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Partial<MimeFacts>, string | undefined]>([
    ['attachment by name in any case', { attachment: '*.exe' }, { parts: [EVIL] }, 'attachment Evil.EXE'],
    ['attachment by a name inside', { attachment: '*.js' }, { parts: [ZIP] }, 'attachment docs/b.js'],
    ['attachment with ?', { attachment: 'evil.e?e' }, { parts: [EVIL] }, 'attachment Evil.EXE'],
    [
      'attachment with direction marks',
      { attachment: '*.exe' },
      { parts: [part({ names: ['a.ex\u202ee'] })] },
      'attachment a.ex\u202ee',
    ],
    ['attachment of another name', { attachment: '*.exe' }, { parts: [ZIP] }, undefined],
    ['attachment, the whole name', { attachment: 'vil.exe' }, { parts: [EVIL] }, undefined],
    ['exceptAttachment', { attachment: '*.exe', exceptAttachment: 'evil.*' }, { parts: [EVIL] }, undefined],
    [
      'exceptAttachment of one of two readings',
      { attachment: '*.exe', exceptAttachment: 'ours.exe' },
      { parts: [TWO_NAMES] },
      'attachment evil.exe',
    ],
    [
      'exceptAttachment with a type, of one of two readings',
      { attachmentType: 'archive', exceptAttachment: 'a.zip' },
      { parts: [ZIP] },
      'attachmentType archive',
    ],
    ['attachmentType by kind', { attachmentType: 'executable' }, { parts: [BODY, EVIL] }, 'attachmentType executable'],
    [
      'attachmentType by MIME type',
      { attachmentType: 'application/pdf' },
      { parts: [EVIL] },
      'attachmentType application/pdf',
    ],
    [
      'attachmentType by main type',
      { attachmentType: 'application/*' },
      { parts: [EVIL] },
      'attachmentType application/pdf',
    ],
    ['html of an attachment alone', { attachmentType: 'html' }, { parts: [BODY] }, undefined],
    ['exceptAttachmentType', { attachment: '*', exceptAttachmentType: 'script' }, { parts: [ZIP] }, undefined],
    ['attachmentOctets', { attachmentOctets: 4999 }, { parts: [EVIL] }, 'attachmentOctets 5000'],
    ['attachmentOctets, not over', { attachmentOctets: 5000 }, { parts: [EVIL] }, undefined],
    ['attachmentOctets, not of the body', { attachmentOctets: 100 }, { parts: [BODY] }, undefined],
    ['conditions of one attachment', { attachment: '*.zip', attachmentOctets: 100 }, { parts: [ZIP, EVIL] }, undefined],
    ['messageOctets', { messageOctets: 999 }, {}, 'messageOctets 1000'],
    ['messageOctets, not over', { messageOctets: 1000 }, {}, undefined],
    ['sender by envelope', { sender: 'alice@example.com' }, {}, 'sender alice@example.com'],
    ['sender by domain', { sender: 'example.com' }, {}, 'sender alice@example.com'],
    [
      'sender by header',
      { sender: '*@bank.example' },
      header(['from', 'Bank <info@Bank.example>']),
      'sender info@bank.example',
    ],
    ['another sender', { sender: 'bank.example' }, {}, undefined],
    ['exceptSender', { messageOctets: 1, exceptSender: 'example.com' }, {}, undefined],
    [
      'exceptSender by what the header claims',
      { messageOctets: 1, exceptSender: 'bank.example' },
      header(['from', 'info@bank.example']),
      'messageOctets 1000',
    ],
    ['one of the recipients', { recipient: 'carol@example.org' }, {}, 'recipient carol@example.org'],
    ['exceptRecipient of one', { messageOctets: 1, exceptRecipient: 'carol@example.org' }, {}, 'messageOctets 1000'],
    ['exceptRecipient of all', { messageOctets: 1, exceptRecipient: ['example.org', 'example.net'] }, {}, undefined],
    [
      'words in the body',
      { words: 'wire transfer' },
      { text: ['a\r\n Wire  TRANSFER!'] },
      'words in body wire transfer',
    ],
    ['words in the subject', { words: 'lottery' }, header(['subject', '=?x', 'Lottery']), 'words in subject lottery'],
    ['words, whole', { words: 'cialis' }, { text: ['a specialist'] }, undefined],
    ['words without a border of their own', { words: '$$$' }, { text: ['make $$$now'] }, 'words in body $$$'],
    [
      'words with zero width characters in them',
      { words: 'viagra' },
      { text: ['vi\u200bag\u00adra'] },
      'words in body viagra',
    ],
    ['words of full width', { words: 'viagra' }, { text: ['ｖｉａｇｒａ'] }, 'words in body viagra'],
    ['words of a script without blanks', { words: '免费' }, { text: ['这是免费的'] }, 'words in body 免费'],
    ['words, not in the subject', { words: 'lottery', where: 'body' }, header(['subject', 'lottery']), undefined],
    ['words, not in the body', { words: 'lottery', where: 'subject' }, { text: ['lottery'] }, undefined],
    [
      'header',
      { header: 'X-Mailer: *bulk*' },
      header(['x-mailer', 'The Bulk Mailer']),
      'header x-mailer: The Bulk Mailer',
    ],
    ['header of another name', { header: 'X-Mailer: *' }, header(['x-other', 'a']), undefined],
    [
      'structure',
      { structure: ['partial', 'ambiguous'] },
      { structure: [{ flag: 'ambiguous', reason: 'bad-type' }] },
      'structure ambiguous (bad-type)',
    ],
    [
      'another structure',
      { structure: 'partial' },
      { structure: [{ flag: 'ambiguous', reason: 'bad-type' }] },
      undefined,
    ],
    ['all of several', { messageOctets: 1, sender: 'bank.example' }, {}, undefined],
  ])('%s', (_name, attributes, facts, matched) => {
    const { decisive } = judgeScreen([rule(attributes)], { ...PLAIN, ...facts }, ENVELOPE, SETTINGS);

    expect(decisive?.facts.at(-1)).toBe(matched);
  });

  it('is one of several that must all hold, and each tells a fact', () => {
    const all = rule({ messageOctets: 999, sender: 'example.com', recipient: 'example.net', attachment: '*.exe' });

    const { decisive } = judgeScreen([all], { ...PLAIN, parts: [EVIL] }, ENVELOPE, SETTINGS);

    expect(decisive?.facts).toEqual([
      'messageOctets 1000',
      'sender alice@example.com',
      'recipient bob@example.net',
      'attachment Evil.EXE',
    ]);
  });

  it('takes <> for a bounce', () => {
    const { action } = judgeScreen([rule({ sender: '<>' })], PLAIN, { ...ENVELOPE, sender: '' }, SETTINGS);

    expect(action).toBe('hold');
  });
});

describe('an exception', () => {
  const report = part({ names: ['report.pdf'], types: ['html'], octets: 3000 });

  it.each<[string, Readonly<Record<string, unknown>>, Partial<MimeFacts>, boolean]>([
    ['of a message that is larger', { exceptMessageOctets: 999 }, {}, true],
    ['of a message that is not larger', { exceptMessageOctets: 1000 }, {}, false],
    ['of words', { exceptWords: 'invoice' }, { text: ['the invoice'] }, true],
    ['of words that are not there', { exceptWords: 'invoice' }, { text: ['the lottery'] }, false],
    ['of words where they are looked for', { exceptWords: 'invoice', where: 'subject' }, { text: ['invoice'] }, false],
    ['of a field', { exceptHeader: 'X-Ours: yes' }, header(['x-ours', 'yes']), true],
    ['of a field with another value', { exceptHeader: 'X-Ours: yes' }, header(['x-ours', 'no']), false],
    [
      'of a structure',
      { exceptStructure: 'partial' },
      { structure: [{ flag: 'partial', reason: 'message-partial' }] },
      true,
    ],
    ['of another structure', { exceptStructure: 'partial' }, {}, false],
    ['of a sender', { exceptSender: 'example.com' }, {}, true],
    ['of another sender', { exceptSender: 'bank.example' }, {}, false],
    [
      'of a recipient whom the header alone names',
      { exceptRecipient: 'dave@example.info' },
      header(['to', 'dave@example.info']),
      false,
    ],
    ['of one of two, by the other', { exceptSender: 'bank.example', exceptMessageOctets: 999 }, {}, true],

    // An attachment takes back a rule that asks nothing of attachments.
    ['of an attachment', { exceptAttachment: '*.pdf' }, { parts: [EVIL, report] }, true],
    ['of an attachment that is not there', { exceptAttachment: '*.pdf' }, { parts: [EVIL] }, false],
    ['of an attachment, where there is none', { exceptAttachment: '*' }, {}, false],
    ['of an attachment that some programs call so', { exceptAttachment: 'ours.exe' }, { parts: [TWO_NAMES] }, false],
    ['of an attachment that all call so', { exceptAttachment: ['ours.*', 'evil.*'] }, { parts: [TWO_NAMES] }, true],
    ['of an attachment without a name', { exceptAttachment: '*' }, { parts: [part({})] }, false],
    [
      'of one beside that asked for',
      { attachment: '*.exe', exceptAttachment: '*.pdf' },
      { parts: [EVIL, report] },
      false,
    ],
    ['of a type', { exceptAttachmentType: 'html' }, { parts: [report] }, true],
    ['of another type', { exceptAttachmentType: 'script' }, { parts: [report] }, false],
    ['of an attachment that is larger', { exceptAttachmentOctets: 2999 }, { parts: [report] }, true],
    ['of an attachment that is not larger', { exceptAttachmentOctets: 3000 }, { parts: [report] }, false],
    [
      'of a name and a type that no one attachment has',
      { exceptAttachment: '*.pdf', exceptAttachmentType: 'executable' },
      { parts: [EVIL, report] },
      false,
    ],
  ])('%s takes a rule back or not', (_name, attributes, facts, isExcepted) => {
    const always = rule({ messageOctets: 0, ...attributes });

    const { action } = judgeScreen([always], { ...PLAIN, ...facts }, ENVELOPE, SETTINGS);

    expect(action).toBe(isExcepted ? 'accept' : 'hold');
  });
});

describe('rules in order', () => {
  const always = { messageOctets: 0 };

  it('act by the first that holds', () => {
    const verdict = judgeScreen(
      [
        rule({ attachment: '*.exe' }),
        rule({ ...always, action: 'refuse', reply: 'No' }, 'screen#200-b'),
        rule(always, 'screen#300-c'),
      ],
      PLAIN,
      ENVELOPE,
      SETTINGS,
    );

    expect(verdict).toMatchObject({ action: 'refuse', reply: 'No', decisive: { rule: 'screen#200-b' } });
  });

  it('go on after a tag and after a rule that only reports', () => {
    const tag = rule({ ...always, action: 'tag', tag: 'X-Big: yes' });
    const tried = rule({ ...always, action: 'refuse', reportOnly: true }, 'screen#150-b');

    const verdict = judgeScreen([tag, tried, rule(always, 'screen#200-c')], PLAIN, ENVELOPE, SETTINGS);

    expect(verdict).toMatchObject({
      action: 'hold',
      decisive: { rule: 'screen#200-c' },
      tags: [{ name: 'X-Big', value: 'yes' }],
      tagged: [{ rule: 'screen#100-test' }],
      reported: [{ rule: 'screen#150-b', action: 'refuse' }],
    });
  });

  it('end with accept', () => {
    const verdict = judgeScreen(
      [rule({ ...always, action: 'accept' }), rule(always, 'screen#200-b')],
      PLAIN,
      ENVELOPE,
      SETTINGS,
    );

    expect(verdict).toMatchObject({ action: 'accept', decisive: { rule: 'screen#100-test' } });
  });

  it('do nothing where the server only reports, and tell what they would have done', () => {
    const verdict = judgeScreen([rule(always), rule(always, 'screen#200-b')], PLAIN, ENVELOPE, {
      ...SETTINGS,
      reportOnly: true,
    });

    expect(verdict).toMatchObject({
      action: 'accept',
      tags: [],
      reported: [{ rule: 'screen#100-test', action: 'hold' }],
    });
    expect(verdict.decisive).toBeUndefined();
    expect(verdict.reported).toHaveLength(1);
  });

  it('go on after a tag where the server only reports', () => {
    const tag = rule({ ...always, action: 'tag', tag: 'X-Big: yes' });
    const second = rule(always, 'screen#200-b');

    const { tags, reported } = judgeScreen([tag, second], PLAIN, ENVELOPE, { ...SETTINGS, reportOnly: true });

    expect(tags).toEqual([]);
    expect(reported.map(({ rule }) => rule)).toEqual(['screen#100-test', 'screen#200-b']);
  });

  it('go on after a rule that only reports where the server does too', () => {
    const tried = rule({ ...always, reportOnly: true });
    const second = rule(always, 'screen#200-b');

    const { reported } = judgeScreen([tried, second], PLAIN, ENVELOPE, { ...SETTINGS, reportOnly: true });

    expect(reported.map(({ rule }) => rule)).toEqual(['screen#100-test', 'screen#200-b']);
  });

  it.each([
    ['a refusal with a reply', { action: 'refuse', reply: 'No' }, { action: 'refuse', reply: 'No' }],
    ['a refusal without one', { action: 'refuse' }, { action: 'refuse' }],
    ['a rule that holds, whatever else it says', { reply: 'No', forwardTo: 'a@b.example' }, { action: 'hold' }],
    [
      'a rule that forwards, whatever it would reply',
      { action: 'forward', reply: 'No', forwardTo: 'a@b.example' },
      { action: 'forward', forwardTo: 'a@b.example' },
    ],
    ['a refusal, wherever it would forward', { action: 'refuse', forwardTo: 'a@b.example' }, { action: 'refuse' }],
  ])('give the verdict of %s', (_rule, attributes, outcome) => {
    const verdict = judgeScreen([rule({ ...always, ...attributes })], PLAIN, ENVELOPE, SETTINGS);

    expect(verdict).toStrictEqual({
      ...outcome,
      decisive: { rule: 'screen#100-test', action: outcome.action, facts: ['messageOctets 1000'] },
      tags: [],
      tagged: [],
      reported: [],
    });
  });

  it('forward to the address of the rule', () => {
    const forward = rule({ ...always, action: 'forward', forwardTo: 'Quarantine@example.com' });

    expect(judgeScreen([forward], PLAIN, ENVELOPE, SETTINGS)).toMatchObject({
      action: 'forward',
      forwardTo: 'quarantine@example.com',
    });
  });
});

describe('whenUnreadable', () => {
  const unreadable: MimeFacts = { ...PLAIN, structure: [{ flag: 'unreadable', reason: 'head-too-large' }] };

  it.each(['hold', 'refuse', 'accept'] as const)('%s is done where no rule speaks of that', (whenUnreadable) => {
    const verdict = judgeScreen([rule({ attachment: '*.exe' })], unreadable, ENVELOPE, { ...SETTINGS, whenUnreadable });

    expect(verdict).toMatchObject({ action: whenUnreadable, decisive: { rule: 'settings#whenUnreadable' } });
  });

  it('is not asked where a rule does', () => {
    const speaks = rule({ structure: 'unreadable', sender: 'bank.example' });

    expect(judgeScreen([speaks], unreadable, ENVELOPE, SETTINGS).action).toBe('accept');
  });

  it.each([
    ['too-deep', 'hold'],
    ['unreadable', 'accept'],
  ] as const)('of a message that is %s is %s where a rule speaks of unreadable ones', (flag, action) => {
    const speaks = rule({ structure: 'unreadable', sender: 'bank.example' });
    const facts: MimeFacts = { ...PLAIN, structure: [{ flag, reason: 'too-deep' }] };

    expect(judgeScreen([speaks, rule({ attachment: '*.exe' })], facts, ENVELOPE, SETTINGS).action).toBe(action);
  });

  it.each(['too-deep', 'unreadable'] as const)('is not asked of %s where rules speak of both', (flag) => {
    const speak = rule({ structure: ['unreadable', 'too-deep'], sender: 'bank.example' });
    const facts: MimeFacts = { ...PLAIN, structure: [{ flag, reason: 'too-deep' }] };

    expect(judgeScreen([speak], facts, ENVELOPE, SETTINGS).action).toBe('accept');
  });

  it('leaves what is only ambiguous alone', () => {
    const facts: MimeFacts = { ...PLAIN, structure: [{ flag: 'ambiguous', reason: 'bad-type' }] };

    expect(judgeScreen([rule({ attachment: '*.exe' })], facts, ENVELOPE, SETTINGS).action).toBe('accept');
  });
});

describe('neededFacts', () => {
  it.each([
    [{ attachment: '*.exe' }, { text: false, header: false }],
    [{ words: 'a' }, { text: true, header: true }],
    [
      { words: 'a', where: 'subject' },
      { text: false, header: true },
    ],
    [{ sender: 'a.example' }, { text: false, header: true }],
    [
      { attachment: '*.exe', exceptWords: 'a' },
      { text: true, header: true },
    ],
  ])('of %j are %j', (attributes, needs) => {
    expect(neededFacts([rule(attributes)])).toEqual(needs);
  });

  it('are those of all rules together', () => {
    const rules = [rule({ attachment: '*.exe' }), rule({ words: 'a' }), rule({ words: 'a', where: 'subject' })];

    expect(neededFacts(rules)).toEqual({ text: true, header: true });
    expect(neededFacts([])).toEqual({ text: false, header: false });
  });

  it('are worked out once for the rules of a policy', () => {
    const rules = [rule({ words: 'a' })];

    expect(neededFacts(rules)).toBe(neededFacts(rules));
  });
});
