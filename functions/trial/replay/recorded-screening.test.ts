import { describe, expect, it } from 'vitest';
import type { ScreenRecord } from '../../../policy/event.ts';
import { testPolicy } from '../../../test/support/policy.ts';
import { RecordedScreening } from './recorded-screening.ts';

const PROGRAM = {
  names: ['evil.exe'],
  namesInside: [],
  mimeTypes: ['application/octet-stream'],
  types: ['executable'],
  octets: 9000,
  isAttachment: true,
} satisfies ScreenRecord['parts'][number];
const RECORD: ScreenRecord = { action: 'accept', matches: [], reported: [], structure: [], parts: [PROGRAM] };
const ENVELOPE = { sender: 'a@spam.example', recipients: ['bob@example.com'] };
const RULE = 'screen#100-x';

/** The verdict's action, or why it is not known. */
function judged(attributes: object, screen: ScreenRecord | undefined, inForce: object = {}): string {
  const rules = (given: object) =>
    Object.keys(given).length === 0 ? [] : [{ item: RULE, action: 'refuse', ...given }];
  const policy = testPolicy({}, rules(attributes));
  const before = testPolicy({}, rules(inForce)).screens;
  const screening = new RecordedScreening(policy, ENVELOPE, () => ({ screen, octets: 12_000 }), before);
  const { verdict } = screening.end();
  return screening.unknown ?? verdict.action;
}

describe('a recorded message', () => {
  it.each([
    [{ attachmentType: 'executable' }, 'refuse'],
    [{ attachment: '*.exe' }, 'refuse'],
    [{ attachment: '*.js' }, 'accept'],
    [{ attachment: '*.exe', exceptAttachment: 'evil*' }, 'accept'],
    [{ attachmentOctets: 9000 }, 'accept'],
    [{ messageOctets: 11_999 }, 'refuse'],
    [{ structure: 'ambiguous' }, 'accept'],
    [{ sender: 'spam.example' }, 'refuse'],
    [{ sender: 'spam.example', exceptSender: 'a@spam.example' }, 'accept'],
    [{ sender: 'other.example', exceptSender: 'a@spam.example' }, 'accept'],
    [{ sender: 'other.example', messageOctets: 20_000 }, 'accept'],
    [{ sender: 'other.example' }, `${RULE} asks for sender: not recorded`],
    [{ recipient: 'eve@example.com', attachment: '*.exe' }, `${RULE} asks for recipient: not recorded`],
    [{ words: 'lottery', attachment: '*.js' }, 'accept'],
    [{ words: 'lottery', attachment: '*.exe' }, `${RULE} asks for words: not recorded`],
    [{ attachment: '*.exe', exceptHeader: 'X-A: b' }, `${RULE} asks for header: not recorded`],
    [{ words: 'lottery', reportOnly: true }, 'accept'],
    [{ words: 'lottery', action: 'tag', tag: 'X-Tag: yes' }, 'accept'],
  ])('by %j: %s', (attributes, expected) => {
    expect(judged(attributes, RECORD)).toBe(expected);
  });

  it('of which more was seen than is recorded, by what is: otherwise no one knows', () => {
    const cut: ScreenRecord = { ...RECORD, partsOmitted: 3 };

    expect(judged({ attachment: '*.exe' }, cut)).toBe('refuse');
    expect(judged({ attachment: '*.js' }, cut)).toBe(`${RULE} asks for attachment: not recorded`);
  });

  it('that was not screened, by its envelope and size alone', () => {
    expect(judged({ attachment: '*.exe' }, undefined)).toBe(`${RULE} asks for attachment: not recorded`);
    expect(judged({ structure: 'ambiguous' }, undefined)).toBe(`${RULE} asks for structure: not recorded`);
    expect(judged({ messageOctets: 20_000 }, undefined)).toBe('accept');
    expect(judged({ sender: 'spam.example' }, undefined)).toBe('refuse');
  });
});

describe('a rule that has not changed', () => {
  const words = { words: 'lottery' };
  const held: ScreenRecord['matches'][number] = { rule: RULE, action: 'refuse', facts: ['words in body lottery'] };

  it('held where the record says so, and nowhere else', () => {
    expect(judged(words, { ...RECORD, action: 'refuse', rule: RULE, matches: [held] }, words)).toBe('refuse');
    expect(judged(words, RECORD, words)).toBe('accept');
  });

  it('is not known where another had decided before it, or it is another now', () => {
    const decided: ScreenRecord = { ...RECORD, action: 'refuse', rule: 'screen#050-a' };

    expect(judged(words, decided, words)).toContain('not recorded');
    expect(judged({ words: 'prize' }, RECORD, words)).toContain('not recorded');
  });
});
