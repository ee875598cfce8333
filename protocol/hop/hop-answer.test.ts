import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import { type HopAnswer, lackedExtensions, lacking, type MailCommand, needsSmtpUtf8 } from './hop-answer.ts';

const MAIL: MailCommand = { path: 'a@example.com', isSmtpUtf8: false };
const BOTH: MailCommand = { ...MAIL, body: '8BITMIME', isSmtpUtf8: true };

describe('what a hop lacks of what MAIL named', () => {
  it.each([
    ['nothing, where MAIL named nothing', MAIL, false, false, []],
    ['nothing, of BODY=7BIT, which is what holds without it', { ...MAIL, body: '7BIT' as const }, false, false, []],
    ['nothing, where it has both', BOTH, true, true, []],
    ['8BITMIME', BOTH, false, true, ['8BITMIME']],
    ['SMTPUTF8', BOTH, true, false, ['SMTPUTF8']],
    ['both', BOTH, false, false, ['8BITMIME', 'SMTPUTF8']],
    ['only what was named', { ...MAIL, isSmtpUtf8: true }, false, false, ['SMTPUTF8']],
  ])('is %s', (_, mail, has8BitMime, hasSmtpUtf8, lacks) => {
    expect(lackedExtensions(mail, { has8BitMime, hasSmtpUtf8 })).toEqual(lacks);
  });

  it('is said of a recipient that was taken, and of none that was refused', () => {
    const taken: HopAnswer = { reply: REPLIES.recipientOk, isTaken: true, rule: 'next-hop' };
    const refused: HopAnswer = { reply: REPLIES.hopLacksSmtpUtf8, isTaken: false, rule: 'next-hop' };

    expect(lacking(taken, ['SMTPUTF8'])).toEqual({ ...taken, lacks: ['SMTPUTF8'] });
    expect(lacking(refused, ['SMTPUTF8'])).toBe(refused);
    expect(lacking(taken, [])).toBe(taken);
  });
});

it.each([
  ['', false],
  ['a@example.com', false],
  ['a\x7f@example.com', false],
  ['zo\u00eb@example.com', true],
  ['a@b\u00fccher.example', true],
])('the path %j needs SMTPUTF8: %s', (path, needs) => {
  expect(needsSmtpUtf8(path)).toBe(needs);
});
