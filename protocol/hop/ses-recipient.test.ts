import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import type { MailCommand } from './hop-answer.ts';
import {
  MAX_SES_MESSAGE_OCTETS,
  MAX_SES_RECIPIENTS,
  SES_NULL_REVERSE_PATH,
  sesRecipientRefusal,
} from './ses-recipient.ts';

const MAIL: MailCommand = { path: 'a@example.com', isSmtpUtf8: false };
const PATH = 'b@example.net';

describe('sesRecipientRefusal', () => {
  it.each([
    ['a recipient', MAIL, PATH, 0],
    ['a null reverse-path of a user', { ...MAIL, path: '', ownAddress: 'a@example.com' }, PATH, 0],
    ['the last of a thousand', MAIL, PATH, MAX_SES_RECIPIENTS - 1],
    ['a message of 40 MiB', { ...MAIL, size: String(MAX_SES_MESSAGE_OCTETS) }, PATH, 0],
    ['SMTPUTF8 of ASCII addresses', { ...MAIL, isSmtpUtf8: true }, PATH, 0],
    ['8-bit content', { ...MAIL, body: '8BITMIME' as const }, PATH, 0],
  ])('has nothing against %s', (_what, mail, forwardPath, taken) => {
    expect(sesRecipientRefusal(mail, forwardPath, taken)).toBeUndefined();
  });

  it.each([
    ['a null reverse-path', { ...MAIL, path: '' }, PATH, 0, SES_NULL_REVERSE_PATH],
    ['a user in UTF-8', { ...MAIL, path: '', ownAddress: 'jörg@example.com' }, PATH, 0, REPLIES.hopLacksSmtpUtf8],
    ['a sender in UTF-8', { ...MAIL, path: 'jörg@example.com' }, PATH, 0, REPLIES.hopLacksSmtpUtf8],
    ['a recipient in UTF-8', MAIL, 'jörg@example.net', 0, REPLIES.hopLacksSmtpUtf8],
    ['an octet over 40 MiB', { ...MAIL, size: String(MAX_SES_MESSAGE_OCTETS + 1) }, PATH, 0, REPLIES.messageTooLarge],
    ['one recipient over a thousand', MAIL, PATH, MAX_SES_RECIPIENTS, REPLIES.tooManyRecipients],
  ])('refuses %s', (_what, mail, forwardPath, taken, reply) => {
    expect(sesRecipientRefusal(mail, forwardPath, taken)).toBe(reply);
  });
});
