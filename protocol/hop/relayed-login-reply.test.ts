import { describe, expect, it } from 'vitest';
import { REPLIES } from '../../policy/reply.ts';
import { MAX_CHALLENGE_OCTETS, relayedLoginReply } from './relayed-login-reply.ts';
import { ReplyParser } from './reply-parser.ts';

function judge(text: string) {
  const parser = new ReplyParser();
  parser.receive(Buffer.from(`${text}\r\n`, 'latin1'));
  const reply = parser.next();
  if (reply === undefined) throw new Error(`No reply in ${text}`);
  return relayedLoginReply(reply);
}

describe('relayedLoginReply', () => {
  it.each([
    ['334 VXNlcm5hbWU6', 'VXNlcm5hbWU6'],
    ['334 ', ''],
    ['334', ''],
    [`334 ${'AAAA'.repeat(MAX_CHALLENGE_OCTETS / 4)}`, 'AAAA'.repeat(MAX_CHALLENGE_OCTETS / 4)],
  ])('takes %.40s for a challenge', (reply, text) => {
    expect(judge(reply)).toEqual({ kind: 'challenge', text });
  });

  it.each([
    ['is no base64', '334 go ahead'],
    ['is base64 that is not canonical', '334 YR=='],
    ['has an enhanced status', '334 2.0.0 YWJj'],
    ['has two lines', '334-YWJj\r\n334 YWJj'],
    ['is longer than an exchange line may be', `334 ${'AAAA'.repeat(MAX_CHALLENGE_OCTETS / 4 + 1)}`],
    ['holds octets above 0x7F', '334 YWJ\xe9'],
  ])('believes no challenge that %s', (_claim, reply) => {
    expect(judge(reply)).toEqual({ kind: 'deferred', detail: 'challenge that is no base64' });
  });

  it('takes 235 for a login', () => {
    expect(judge('235 2.7.0 welcome')).toEqual({ kind: 'taken' });
  });

  it.each([
    ['535 5.7.8 bad password', REPLIES.credentialsInvalid],
    ['535 no status', REPLIES.credentialsInvalid],
    ['534 5.7.9 too weak', REPLIES.credentialsInvalid],
    ['554 5.7.0 no', REPLIES.credentialsInvalid],
    ['501 5.5.2 cannot decode', REPLIES.badBase64],
    ['500 5.5.2 what', REPLIES.badBase64],
    ['500 5.5.6 line too long', REPLIES.authLineTooLong],
    ['504 5.5.4 no such mechanism', REPLIES.mechanismUnknown],
  ])('takes %s for the client, in our own words', (text, reply) => {
    expect(judge(text)).toMatchObject({ kind: 'refused', reply });
  });

  it.each([
    '454 4.7.0 try later',
    '421 4.3.2 leaving',
    '432 4.7.12 transition needed',
    '502 5.5.1 no AUTH',
    '503 5.5.1 EHLO first',
    '530 5.7.0 TLS first',
    '538 5.7.11 TLS first',
    '250 2.0.0 ok',
    '220 hello',
    '354 go on',
  ])('defers on %s, which is no word about the credentials', (text) => {
    expect(judge(text).kind).toBe('deferred');
  });

  it.each([
    ['454 4.7.0 later', 'refused at AUTH: 454 4.7.0'],
    ['502 no AUTH', 'refused at AUTH: 502'],
    ['399 what', 'unexpected reply to AUTH: 399'],
    ['250 2.0.0 ok', 'unexpected reply to AUTH: 250 2.0.0'],
    ['535 5.7.8 no', '535 5.7.8'],
  ])('says of %s in the log what code it was', (text, detail) => {
    expect(judge(text)).toMatchObject({ detail });
  });

  // A hop may repeat what it was told, and that is a credential.
  it.each(['535 5.7.8 c2VjcmV0', '501 c2VjcmV0', '454 4.7.0 c2VjcmV0', '250 c2VjcmV0', '334 =c2VjcmV0'])(
    'keeps no words of the hop in what is logged of %s',
    (text) => {
      expect(JSON.stringify(judge(text))).not.toContain('c2VjcmV0');
    },
  );
});
