import { describe, expect, it } from 'vitest';
import { encodeReply, REPLIES, withText } from './reply.ts';
import { replySchema } from './reply-schema.ts';

// The design's table of replies. Greeting, EHLO, 334 and 354 have no enhanced code.
const CODES = {
  ok: '250 2.0.0',
  senderOk: '250 2.1.0',
  recipientOk: '250 2.1.5',
  goodbye: '221 2.0.0',
  startTls: '220 2.0.0',
  startMail: '354',
  authenticated: '235 2.7.0',
  cannotVerify: '252 2.1.5',
  help: '214 2.0.0',
  lineTooLong: '500 5.5.2',
  authLineTooLong: '500 5.5.6',
  badOctets: '500 5.5.2',
  unknownVerb: '500 5.5.1',
  verbNotAllowed: '502 5.5.1',
  nameRequired: '501 5.5.4',
  noArgument: '501 5.5.4',
  badArgument: '501 5.5.4',
  badSize: '501 5.5.4',
  badBody: '501 5.5.4',
  repeatedParameter: '501 5.5.4',
  unknownParameter: '555 5.5.4',
  badReversePath: '501 5.1.7',
  badForwardPath: '501 5.1.3',
  needsSmtpUtf8: '553 5.6.7',
  helloFirst: '503 5.5.1',
  mailFirst: '503 5.5.1',
  recipientFirst: '503 5.5.1',
  noValidRecipients: '554 5.5.1',
  nestedMail: '503 5.5.1',
  notInTransaction: '503 5.5.1',
  alreadyTls: '503 5.5.1',
  alreadyAuthenticated: '503 5.5.1',
  credentialsInvalid: '535 5.7.8',
  authenticationDeferred: '454 4.7.0',
  mechanismUnknown: '504 5.5.4',
  authenticationCancelled: '501 5.7.0',
  badBase64: '501 5.5.2',
  encryptionRequired: '538 5.7.11',
  authenticationNotOffered: '502 5.5.1',
  authenticationRequired: '530 5.7.0',
  startTlsFirst: '530 5.7.0',
  nameNotAscii: '500 5.5.2',
  nameHasBlank: '501 5.5.4',
  nameTooLong: '501 5.5.4',
  tooManyLoginFailures: '421 4.7.0',
  clientDenied: '554 5.7.1',
  senderNotAllowed: '553 5.7.1',
  relayDenied: '550 5.7.1',
  tooManyRecipients: '452 4.5.3',
  tooManyErrors: '421 4.7.0',
  tooManyUnknownRecipients: '421 4.7.0',
  tooManyConnections: '421 4.7.0',
  serverDisabled: '421 4.3.2',
  shuttingDown: '421 4.3.2',
  clientTooSlow: '421 4.4.2',
  decisionDeferred: '451 4.3.0',
  messageTooLarge: '552 5.3.4',
  badContent: '550 5.6.0',
  mailLoop: '554 5.4.6',
  hopDown: '451 4.4.1',
  hopDropped: '451 4.4.2',
  hopInsane: '451 4.5.0',
  hopUnwilling: '451 4.3.0',
  hopLacksSmtpUtf8: '553 5.6.7',
  headerNeedsSmtpUtf8: '554 5.6.7',
  bodyNeeds8BitMime: '554 5.6.3',
} as const satisfies Partial<Record<keyof typeof REPLIES, string>>;

describe('the replies', () => {
  it.each(Object.entries(CODES))('give %s the code %s', (name, codes) => {
    const line = encodeReply(REPLIES[name as keyof typeof CODES]);

    expect(line.startsWith(`${codes} `)).toBe(true);
  });

  it.each(Object.entries(REPLIES))('say %s in one line that a client can show', (_name, reply) => {
    expect(encodeReply(reply)).toMatch(/^[2-5][0-9]{2} [\x21-\x7E][\x20-\x7E]{4,400}\r\n$/);
    if ('enhanced' in reply) expect(reply.enhanced[0]).toBe(String(reply.code)[0]);
  });

  it.each(Object.entries(REPLIES).filter(([, { code }]) => code >= 400))('let a function decide %s', (_name, reply) => {
    expect(replySchema.parse(reply)).toEqual(reply);
  });
});

describe('replySchema', () => {
  const good = { code: 550, enhanced: '5.7.1', text: 'Relay access denied' };

  it.each([
    ['the lowest code', { code: 400 }],
    ['the highest code', { code: 599 }],
    ['a class of 4', { enhanced: '4.0.0' }],
    ['three digits', { enhanced: '5.999.999' }],
    ['one character', { text: '~' }],
    ['a blank', { text: ' ' }],
    ['the longest text', { text: 'x'.repeat(400) }],
  ])('takes %s', (_what, change) => {
    expect(replySchema.safeParse({ ...good, ...change }).success).toBe(true);
  });

  it.each([
    ['a code below 400', { code: 399 }],
    ['a code above 599', { code: 600 }],
    ['half a code', { code: 550.5 }],
    ['a permission', { code: 250, enhanced: '2.0.0' }],
    ['a class of 2', { enhanced: '2.0.0' }],
    ['no enhanced status', { enhanced: undefined }],
    ['four digits', { enhanced: '5.7.1000' }],
    ['four digits of a subject', { enhanced: '5.1000.7' }],
    ['no detail', { enhanced: '5.7.' }],
    ['no subject', { enhanced: '5..7' }],
    ['other separators', { enhanced: '5a7a1' }],
    ['what stands before', { enhanced: 'x5.7.1' }],
    ['what stands behind', { enhanced: '5.7.1x' }],
    ['no text', { text: '' }],
    ['a text that is too long', { text: 'x'.repeat(401) }],
    ['a line break', { text: 'a\r\n250 OK' }],
    ['a tab', { text: 'a\tb' }],
    ['DEL', { text: 'a\u007f' }],
    ['other than US-ASCII', { text: 'ä' }],
    ['other attributes', { note: 'x' }],
  ])('refuses %s', (_what, change) => {
    expect(replySchema.safeParse({ ...good, ...change }).success).toBe(false);
  });
});

describe('encodeReply', () => {
  it.each([
    [{ code: 250, enhanced: '2.0.0', text: 'OK' }, '250 2.0.0 OK\r\n'],
    [{ code: 354, text: 'Go' }, '354 Go\r\n'],
    [{ code: 334, text: '' }, '334 \r\n'],
    [{ code: 250, text: 'mx1\nSIZE 7\nAUTH PLAIN' }, '250-mx1\r\n250-SIZE 7\r\n250 AUTH PLAIN\r\n'],
    [{ code: 550, enhanced: '5.7.1', text: 'a\nb' }, '550-5.7.1 a\r\n550 5.7.1 b\r\n'],
    [{ code: 550, enhanced: '5.7.1', text: 'a\n' }, '550-5.7.1 a\r\n550 5.7.1 \r\n'],
  ])('writes %j as it goes over the wire', (reply, octets) => {
    expect(encodeReply(reply)).toBe(octets);
  });
});

describe('withText', () => {
  it('changes the text alone and leaves the table as it was', () => {
    expect(withText(REPLIES.relayDenied, 'No')).toEqual({ code: 550, enhanced: '5.7.1', text: 'No' });
    expect(REPLIES.relayDenied.text).toBe('Relay access denied');
  });
});
