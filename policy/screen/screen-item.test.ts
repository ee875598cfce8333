import { describe, expect, it } from 'vitest';
import { parsePolicyItem } from '../item.ts';
import { makeSnapshot } from '../snapshot.ts';

const HOLD = { server: 'mx1', item: 'screen#100-test', action: 'hold' };

describe('a screen item', () => {
  it('is read as people type it', () => {
    const result = parsePolicyItem({
      ...HOLD,
      action: ' Refuse ',
      attachment: new Set(['*.EXE', 'invoice ?.doc*']),
      attachmentType: ['Executable', 'application/PDF'],
      messageOctets: '1000',
      sender: new Set(['Spam.example', 'Bob@Example.com', '<>']),
      words: 'wire transfer',
      header: 'X-Spam:  yes*',
      structure: 'Ambiguous',
      exceptRecipient: 'postmaster@example.com',
      reply: 'No programs, please',
      reportOnly: 'TRUE',
      note: 'for people',
    });

    expect(result).toMatchObject({
      ok: true,
      value: {
        kind: 'screen',
        rule: 'screen#100-test',
        action: 'refuse',
        where: 'both',
        reply: 'No programs, please',
        reportOnly: true,
        when: {
          attachment: [
            ['', '.exe'],
            ['invoice ?.doc', ''],
          ],
          attachmentType: ['executable', 'application/pdf'],
          messageOctets: 1000,
          sender: ['*@spam.example', 'bob@example.com', '<>'],
          header: [{ name: 'x-spam', value: ['yes', ''] }],
          structure: ['ambiguous'],
        },
        except: { recipient: ['postmaster@example.com'] },
      },
    });
  });

  it.each([
    ['screen#10-test', {}, '"screen#10-test" must be written screen#NNN-name'],
    ['screen#100-Test', {}, '"screen#100-Test" must be written screen#NNN-name'],
    ['Screen#100-test', {}, '"Screen#100-test" must be written screen#100-test'],
    ['screen#100-test', {}, 'no condition is given'],
    ['screen#100-test', { exceptAttachment: '*.pdf' }, 'no condition is given'],
    ['screen#100-test', { attachment: [] }, 'attachment: is empty'],
    ['screen#100-test', { attachment: '*.exe, *.com' }, 'attachment: "*.exe, *.com" is not a set of strings'],
    ['screen#100-test', { attachmentType: 'program' }, 'attachmentType: "program" is neither a MIME type nor one of'],
    ['screen#100-test', { sender: 'a b' }, 'sender: "a b" is not a set of strings'],
    ['screen#100-test', { sender: ['@@'] }, 'sender: "@@" is neither an address'],
    ['screen#100-test', { header: 'X-Spam' }, 'header: "X-Spam" is not Name: glob'],
    ['screen#100-test', { structure: 'odd' }, 'structure: "odd" is not allowed; ambiguous'],
    ['screen#100-test', { messageOctets: '1e6' }, 'messageOctets: "1e6" is not a number'],
    ['screen#100-test', { messageOctets: 1, action: 'delete' }, 'action: "delete" is not allowed; refuse'],
    ['screen#100-test', { messageOctets: 1, action: 'forward' }, 'forwardTo: is missing'],
    [
      'screen#100-test',
      { messageOctets: 1, action: 'forward', forwardTo: 'bob' },
      'forwardTo: "bob" is not an address',
    ],
    ['screen#100-test', { messageOctets: 1, action: 'tag' }, 'tag: is missing'],
    ['screen#100-test', { messageOctets: 1, action: 'tag', tag: 'X-Spam' }, 'tag: "X-Spam" is not Name: value'],
    [
      'screen#100-test',
      { messageOctets: 1, action: 'tag', tag: 'Subject: x' },
      'tag: "Subject" is a field that no rule',
    ],
    ['screen#100-test', { messageOctets: 1, reply: 'grüß' }, 'reply: "grüß" is not a line of printable ASCII'],
    ['screen#100-test', { messageOctets: 1, reply: 'a\r\nb' }, 'is not a line of printable ASCII'],
    ['screen#100-test', { messageOctets: 1, attachments: '*.exe' }, '"attachments" is not an attribute here'],
  ])('%s with %j is a problem', (item, attributes, problem) => {
    const result = parsePolicyItem({ ...HOLD, item, ...attributes });

    expect(result.ok ? '' : result.problem).toContain(problem);
  });

  it.each([
    [{ attachment: [''] }, 'attachment: is empty'],
    [{ attachment: [' '] }, 'attachment: is empty'],
    [{ words: ['lottery', ' '] }, 'words: is empty'],
    [
      { attachmentType: ['application/pdf/x'] },
      'attachmentType: "application/pdf/x" is neither a MIME type nor one of executable, script, macro-document, archive, encrypted-archive, disk-image, html, tnef',
    ],
    [{ attachmentType: ['/pdf'] }, 'attachmentType: "/pdf" is neither a MIME type nor one of executable'],
    [{ attachmentType: ['video/'] }, 'attachmentType: "video/" is neither a MIME type nor one of executable'],
    [{ attachmentType: ['vi deo/*'] }, 'attachmentType: "vi deo/*" is neither a MIME type nor one of executable'],
    [{ header: ['X-Spam:'] }, 'header: "X-Spam:" is not Name: glob'],
    [{ header: [': yes'] }, 'header: ": yes" is not Name: glob'],
    [{ header: ['X Spam: yes'] }, 'header: "X Spam: yes" is not Name: glob'],
    [{ structure: ['odd'] }, 'structure: "odd" is not allowed; ambiguous, partial, unreadable, too-deep are'],
    [{ sender: ['*@'] }, 'sender: "*@" is neither an address, *@domain, * nor <>'],
    [{ messageOctets: 1, tag: ': yes' }, 'tag: ": yes" is not Name: value in printable ASCII'],
    [{ messageOctets: 1, tag: 'X-Spam:' }, 'tag: "X-Spam:" is not Name: value in printable ASCII'],
    [{ messageOctets: 1, tag: 'X-Spam: jä' }, 'tag: "X-Spam: jä" is not Name: value in printable ASCII'],
  ])('tells what is wrong with %j', (attributes, problem) => {
    const result = parsePolicyItem({ ...HOLD, ...attributes });

    expect(result).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  it.each([
    ['attachment', { attachment: ['x'.repeat(200)] }, { attachment: ['x'.repeat(201)] }, 200],
    ['words', { words: ['x'.repeat(200)] }, { words: ['x'.repeat(201)] }, 200],
    ['header', { header: `X-Spam: ${'x'.repeat(192)}` }, { header: `X-Spam: ${'x'.repeat(193)}` }, 200],
    ['tag', { tag: `X-Spam: ${'x'.repeat(892)}` }, { tag: `X-Spam: ${'x'.repeat(893)}` }, 900],
  ])('has a bound on the length of %s', (attribute, longest, tooLong, characters) => {
    const taken = parsePolicyItem({ ...HOLD, messageOctets: 1, ...longest });
    const refused = parsePolicyItem({ ...HOLD, messageOctets: 1, ...tooLong });

    expect(taken.ok).toBe(true);
    expect(refused.ok ? '' : refused.problem).toMatch(
      new RegExp(`^${attribute}: "(X-Spam: )?x+…" is longer than ${characters} characters$`),
    );
  });

  it('has a bound on the reply, which goes into one line', () => {
    const reply = 'x'.repeat(400);

    expect(parsePolicyItem({ ...HOLD, messageOctets: 1, reply })).toMatchObject({ ok: true, value: { reply } });
    expect(parsePolicyItem({ ...HOLD, messageOctets: 1, reply: `${reply}x` })).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^reply: "x+…" is not a line of printable ASCII of at most 400 characters$/),
    });
  });

  it.each([
    ['every sender but a bounce', { sender: '*' }, { sender: ['*'] }],
    ['a domain', { recipient: 'Example.COM' }, { recipient: ['*@example.com'] }],
    ['every type of a kind of media', { attachmentType: 'Video/*' }, { attachmentType: ['video/*'] }],
    [
      'a field with a blank before its colon',
      { header: 'X-Spam : Yes: *' },
      { header: [{ name: 'x-spam', value: ['yes: ', ''] }] },
    ],
  ])('takes %s', (_what, attributes, when) => {
    expect(parsePolicyItem({ ...HOLD, ...attributes })).toMatchObject({ ok: true, value: { when } });
  });

  it('takes a tag as the field that will be written', () => {
    const result = parsePolicyItem({ ...HOLD, messageOctets: 1, action: 'tag', tag: ' X-Spam :  yes: very ' });

    expect(result).toMatchObject({ ok: true, value: { tag: { name: 'X-Spam', value: 'yes: very' } } });
  });
});

describe('the snapshot', () => {
  const settings = { server: 'mx1', item: 'settings', hostname: 'mx1.example', defaultNextHop: 'ses' };
  const second = { ...HOLD, item: 'screen#200-b', words: ['lottery'] };
  const first = { ...HOLD, item: 'screen#100-a', attachment: '*.exe' };

  it('has the rules in the order of their keys', () => {
    const { policy } = makeSnapshot([second, settings, first]);

    expect(policy?.screens.map(({ rule }) => rule)).toEqual(['screen#100-a', 'screen#200-b']);
  });

  it('keeps the last good value of a rule with a mistake, and says so', () => {
    const before = makeSnapshot([settings, first]);

    const after = makeSnapshot([settings, { ...first, action: 'delete' }], before);

    expect(after.policy?.screens).toEqual(before.policy?.screens);
    expect(after.problems).toEqual([{ item: 'screen#100-a', problem: expect.stringContaining('action: "delete"') }]);
  });

  it('has another version for other words', () => {
    const versionOf = (words: string[]) => makeSnapshot([settings, { ...second, words }]).policy?.version;

    expect(versionOf(['lottery'])).not.toBe(versionOf(['raffle']));
    expect(versionOf(['lottery'])).toBe(versionOf(['lottery']));
  });
});
