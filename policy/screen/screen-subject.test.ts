import { describe, expect, it } from 'vitest';
import { parseGlob } from './glob.ts';
import type { MimeFacts, PartFacts } from './message-facts.ts';
import type { ScreenConditions } from './screen-conditions.ts';
import { Subject } from './screen-subject.ts';
import { compileWords } from './words.ts';

const ENVELOPE = { sender: 'alice@example.com', recipients: ['bob@example.net', 'carol@example.org'] };
const PLAIN: MimeFacts = { octets: 1000, parts: [], structure: [], header: [], text: [] };

function sentBy(sender: string): Subject {
  return new Subject(PLAIN, { ...ENVELOPE, sender });
}

function withHeader(...fields: [name: string, ...readings: string[]][]): Subject {
  return new Subject({ ...PLAIN, header: fields.map(([name, ...readings]) => ({ name, readings })) }, ENVELOPE);
}

function part(given: Partial<PartFacts>): PartFacts {
  return { mimeTypes: [], names: [], namesInside: [], types: [], octets: 10, isAttachment: true, ...given };
}

function withParts(...parts: Partial<PartFacts>[]): Subject {
  return new Subject({ ...PLAIN, parts: parts.map(part) }, ENVELOPE);
}

describe('a sender', () => {
  it.each([
    ['* is any but a bounce', 'alice@example.com', '*', 'sender alice@example.com'],
    ['* is no bounce', '', '*', undefined],
    ['<> is a bounce', '', '<>', 'sender <>'],
    ['<> is no one else', 'alice@example.com', '<>', undefined],
    ['in any case', 'Alice@Example.COM', 'alice@example.com', 'sender alice@example.com'],
    ['with quotes that change nothing', '"alice"@example.com', 'alice@example.com', 'sender alice@example.com'],
    [
      'of a domain that is not ASCII',
      'al@Bücher.example',
      '*@xn--bcher-kva.example',
      'sender al@xn--bcher-kva.example',
    ],
    ['that no standard has, by its domain', 'A..B@Example.com', '*@example.com', 'sender a..b@example.com'],
    ['of a domain below', 'alice@mail.example.com', '*@example.com', undefined],
    ['of a domain that ends alike', 'alice@notexample.com', '*@example.com', undefined],
  ])('is compared by its envelope: %s', (_rule, sender, pattern, fact) => {
    expect(sentBy(sender).sender([pattern])).toBe(fact);
  });

  it.each([
    ['from', 'sender info@bank.example'],
    ['sender', 'sender info@bank.example'],
    ['reply-to', 'sender info@bank.example'],
    ['resent-from', 'sender info@bank.example'],
    ['resent-sender', 'sender info@bank.example'],
    ['to', undefined],
    ['x-from', undefined],
  ])('may be in the field %s', (name, fact) => {
    const subject = withHeader(['date', 'today'], [name, 'Bank <info@bank.example>'], ['subject', 'hello']);

    expect(subject.sender(['*@bank.example'])).toBe(fact);
  });

  it('is found in each reading of a field, and among the others of a list', () => {
    const subject = withHeader(['from', '=?x?= <a@a.example>, b@b.example', 'C <c@c.example>']);

    expect(subject.sender(['b@b.example'])).toBe('sender b@b.example');
    expect(subject.sender(['*@other.example', '*@c.example'])).toBe('sender c@c.example');
  });
});

describe('a recipient', () => {
  it.each([
    ['to', 'recipient dave@example.info'],
    ['cc', 'recipient dave@example.info'],
    ['bcc', 'recipient dave@example.info'],
    ['resent-to', 'recipient dave@example.info'],
    ['resent-cc', 'recipient dave@example.info'],
    ['from', undefined],
    ['delivered-to', undefined],
  ])('may be in the field %s', (name, fact) => {
    expect(withHeader([name, 'Dave <dave@example.info>']).recipient(['dave@example.info'])).toBe(fact);
  });

  it('is any one of the envelope', () => {
    const subject = withHeader();

    expect(subject.recipient(['*@example.org'])).toBe('recipient carol@example.org');
    expect(subject.recipient(['*'])).toBe('recipient bob@example.net');
    expect(subject.recipient(['dave@example.org'])).toBeUndefined();
  });
});

describe('what is told of a fact', () => {
  it.each([
    ['a name of 120 characters whole', 'n'.repeat(120), 'n'.repeat(120)],
    ['the first 120 characters of a longer one', 'n'.repeat(121), `${'n'.repeat(120)}…`],
    ['no half of a character', `${'n'.repeat(119)}😀`, `${'n'.repeat(119)}\ufffd…`],
  ])('is %s', (_what, name, told) => {
    const facts = withParts({ names: [name] }).attachment({ attachment: [parseGlob('*')] }, {});

    expect(facts).toEqual([`attachment ${told}`]);
  });
});

describe('words', () => {
  it('are looked for in the field Subject, and in no other', () => {
    const words = compileWords(['lottery']);

    expect(withHeader(['x-note', 'lottery']).words(words, 'subject')).toBeUndefined();
    expect(withHeader(['x-note', 'a'], ['subject', 'A Lottery']).words(words, 'subject')).toBe(
      'words in subject lottery',
    );
  });

  it('are looked for in every text of the body', () => {
    const subject = new Subject({ ...PLAIN, text: ['hello', 'the lottery'] }, ENVELOPE);

    expect(subject.words(compileWords(['lottery']), 'body')).toBe('words in body lottery');
    expect(subject.words(compileWords(['raffle']), 'both')).toBeUndefined();
  });
});

describe('a header field', () => {
  const mailer = (glob: string) => [{ name: 'x-mailer', value: parseGlob(glob) }];

  it.each([
    ['the whole value', '*bulk', undefined],
    ['any of its readings', 'b?lk 2*', 'header x-mailer: Bulk 2.0'],
    ['a field that is there twice', 'second', 'header x-mailer: Second'],
    ['what no field has', '*other*', undefined],
  ])('is compared: %s', (_rule, glob, fact) => {
    const subject = withHeader(['subject', 'other'], ['x-mailer', '=?x?=', 'Bulk 2.0'], ['x-mailer', 'Second']);

    expect(subject.field(mailer(glob))).toBe(fact);
  });

  it('is any one of the conditions', () => {
    const conditions = [...mailer('none'), { name: 'x-spam', value: parseGlob('yes*') }];

    expect(withHeader(['x-mailer', 'a'], ['x-spam', 'Yes, very']).field(conditions)).toBe('header x-spam: Yes, very');
  });
});

const EVIL = { names: ['evil.exe'], types: ['executable'], mimeTypes: ['application/pdf'], octets: 5000 } as const;
const ZIP = { names: ['a.zip'], namesInside: ['docs/b.js'], types: ['archive', 'script'] } as const;

describe('the type of an attachment', () => {
  it.each<[string, readonly string[], Partial<PartFacts>, string | undefined]>([
    ['one of several MIME types', ['image/png', 'application/pdf'], EVIL, 'application/pdf'],
    ['one of several kinds', ['archive', 'executable'], EVIL, 'executable'],
    ['a kind or a MIME type', ['video/*', 'executable'], EVIL, 'executable'],
    ['every type of a kind of media', ['image/*', 'application/*'], EVIL, 'application/pdf'],
    ['another kind of media, whose name begins alike', ['application/*'], { mimeTypes: ['audio/mpeg'] }, undefined],
    ['another MIME type', ['application/zip'], EVIL, undefined],
    ['a MIME type that only begins so', ['application/pdf'], { mimeTypes: ['application/pdfx'] }, undefined],
    ['the last letter of a MIME type missing', ['application/pdf'], { mimeTypes: ['application/pd'] }, undefined],
    ['any reading of the label', ['text/csv'], { mimeTypes: ['text/plain', 'text/csv'] }, 'text/csv'],
    ['a kind that the sender wrote as a label', ['archive'], { mimeTypes: ['archive'] }, undefined],
    ['a page that is attached', ['html'], { types: ['html'] }, 'html'],
    ['a page that is the body', ['html'], { types: ['html'], isAttachment: false }, undefined],
    ['a script that is shown as the body', ['script'], { types: ['script'], isAttachment: false }, 'script'],
  ])('is compared: %s', (_rule, attachmentType, given, type) => {
    const facts = withParts(given).attachment({ attachmentType }, {});

    expect(facts).toEqual(type === undefined ? undefined : [`attachmentType ${type}`]);
  });
});

describe('an attachment', () => {
  const exe = [parseGlob('*.exe')];

  it('is told by all that it was asked for', () => {
    const when = { attachment: exe, attachmentType: ['executable'], attachmentOctets: 4999 };

    expect(withParts(ZIP, EVIL).attachment(when, {})).toEqual([
      'attachmentOctets 5000',
      'attachmentType executable',
      'attachment evil.exe',
    ]);
  });

  it('is told by nothing that it was not asked for', () => {
    expect(withParts(EVIL).attachment({ attachment: exe }, {})).toEqual(['attachment evil.exe']);
    expect(withParts({ ...EVIL, isAttachment: false }).attachment({ attachment: exe }, {})).toEqual([
      'attachment evil.exe',
    ]);
  });

  it.each<[string, ScreenConditions, ScreenConditions, Partial<PartFacts>, boolean]>([
    ['over the octets that are excepted', { attachment: exe }, { attachmentOctets: 4999 }, EVIL, true],
    ['not over the octets that are excepted', { attachment: exe }, { attachmentOctets: 5000 }, EVIL, false],
    ['of a type that is excepted', { attachment: exe }, { attachmentType: ['application/pdf'] }, EVIL, true],
    ['of another type', { attachment: exe }, { attachmentType: ['script'] }, EVIL, false],
    ['of a name that is excepted', { attachment: exe }, { attachment: [parseGlob('evil.*')] }, EVIL, true],
    ['of another name', { attachment: exe }, { attachment: [parseGlob('ours.*')] }, EVIL, false],
    [
      'whose names, those inside too, are all excepted',
      { attachmentType: ['archive'] },
      { attachment: [parseGlob('a.zip'), parseGlob('*.js')] },
      ZIP,
      true,
    ],
    [
      'of whose names one is not excepted',
      { attachmentType: ['archive'] },
      { attachment: [parseGlob('a.zip')] },
      ZIP,
      false,
    ],
    [
      'without a name, which no name excepts',
      { attachmentType: ['archive'] },
      { attachment: [parseGlob('*')] },
      { types: ['archive'] },
      false,
    ],
  ])('is excepted or not: %s', (_rule, when, except, given, isExcepted) => {
    expect(withParts(given).attachment(when, except) === undefined).toBe(isExcepted);
  });
});
