import { describe, expect, it } from 'vitest';
import { encodeReply, REPLIES } from '../../policy/reply.ts';
import { answerTo, type HopStage, hopDown, parseCapabilities, toPrintable } from './hop-reply.ts';
import { ReplyParser, type ServerReply } from './reply-parser.ts';

function read(text: string): ServerReply {
  const parser = new ReplyParser();
  parser.receive(Buffer.from(text, 'latin1'));
  const reply = parser.next();
  if (reply === undefined) throw new Error(`No reply in ${text}`);
  return reply;
}

function answer(stage: HopStage, text: string) {
  return answerTo(stage, read(`${text}\r\n`));
}

describe('answerTo', () => {
  it.each([
    ['greeting', '220 hop'],
    ['hello', '250 hop'],
    ['starttls', '220 go'],
    ['mail', '250 ok'],
    ['mail', '252 ok'],
    ['recipient', '250 2.1.5 ok'],
    ['recipient', '251 will forward'],
    ['data', '354 go'],
    ['final', '250 2.0.0 queued'],
  ] as const)('takes at %s: %s', (stage, text) => {
    expect(answer(stage, text)).toMatchObject({ isTaken: true, rule: 'next-hop' });
  });

  it('keeps the words that name the message in the hop', () => {
    expect(answer('final', '250 2.0.0 queued as 4711').detail).toBe('250 2.0.0 queued as 4711');
  });

  // The hop decides about recipients and messages: its words are the client's.
  it.each([
    ['recipient', '550 5.1.1 No such user', { code: 550, enhanced: '5.1.1', text: 'No such user' }],
    ['recipient', '450 4.2.1 Greylisted', { code: 450, enhanced: '4.2.1', text: 'Greylisted' }],
    ['mail', '553 5.1.8 Bad sender', { code: 553, enhanced: '5.1.8', text: 'Bad sender' }],
    ['data', '554 5.5.1 No', { code: 554, enhanced: '5.5.1', text: 'No' }],
    ['final', '552 5.3.4 Too big', { code: 552, enhanced: '5.3.4', text: 'Too big' }],
    ['final', '450 Later', { code: 450, enhanced: '4.0.0', text: 'Later' }],
    ['final', '550 Spam', { code: 550, enhanced: '5.0.0', text: 'Spam' }],
    ['final', '550 4.7.1 Spam', { code: 550, enhanced: '5.0.0', text: 'Spam' }],
    ['final', '451 5.7.1 Odd', { code: 451, enhanced: '4.0.0', text: 'Odd' }],
    ['final', '550 2.0.0 Odd', { code: 550, enhanced: '5.0.0', text: 'Odd' }],
    ['final', '550', { code: 550, enhanced: '5.0.0', text: 'Refused by next hop' }],
    ['final', '550 a\tb\x1b[1mc\xe9', { code: 550, enhanced: '5.0.0', text: 'a b?[1mc?' }],
    ['final', '550-5.7.1 a\r\n550 5.7.1 b', { code: 550, enhanced: '5.7.1', text: 'a\nb' }],
  ] as const)('passes on at %s: %s', (stage, text, reply) => {
    expect(answer(stage, text)).toMatchObject({ reply, isTaken: false, rule: 'next-hop' });
  });

  // What the hop says about our session with it is no client's business.
  it.each(
    (['mail', 'recipient', 'data', 'final'] as const).flatMap((stage) =>
      ['421 4.3.2 bye', '530 5.7.0 log in', '535 5.7.8 no'].map((text) => [stage, text] as const),
    ),
  )('makes 451 of what concerns our session at %s: %s', (stage, text) => {
    expect(answer(stage, text)).toEqual({
      reply: REPLIES.hopUnwilling,
      isTaken: false,
      rule: 'next-hop',
      detail: text,
    });
  });

  it.each([
    ['greeting', '554 5.7.1 go away'],
    ['greeting', '421 too busy'],
    ['hello', '550 who are you'],
    ['hello', '421 too busy'],
    ['starttls', '454 4.7.0 not now'],
  ] as const)('says that the hop is down when it refuses us at %s: %s', (stage, text) => {
    expect(answer(stage, text)).toEqual({
      reply: REPLIES.hopDown,
      isTaken: false,
      rule: 'next-hop-down',
      detail: `refused at ${stage}: ${text}`,
    });
  });

  it.each([
    ['greeting', '250 hop'],
    ['greeting', '354 go'],
    ['hello', '220 hop'],
    ['starttls', '250 ok'],
    ['mail', '354 go'],
    ['recipient', '354 go'],
    ['recipient', '334 '],
    ['data', '250 ok'],
    ['data', '250 2.0.0 queued'],
    ['data', '334 '],
    ['data', '355 go'],
    ['final', '354 go'],
  ] as const)('calls insane at %s: %s', (stage, text) => {
    expect(answer(stage, text)).toMatchObject({ reply: REPLIES.hopInsane, isTaken: false, rule: 'next-hop-insane' });
  });

  it('passes on no more than 20 lines of 450 octets, each within the 512 of RFC 5321', () => {
    const { reply } = answer('final', `${`550-5.7.1 ${'x'.repeat(900)}\r\n`.repeat(30)}550 5.7.1 end`);

    const lines = encodeReply(reply).split('\r\n').slice(0, -1);
    expect(lines).toHaveLength(20);
    expect(Math.max(...lines.map((line) => line.length + 2))).toBeLessThanOrEqual(512);
    expect(reply.text.split('\n')[0]).toBe('x'.repeat(450));
  });

  it('bounds what goes to the log and keeps it printable', () => {
    expect(hopDown(`\r\n\0\xe9${'x'.repeat(9000)}`).detail).toMatch(/^\?\?\?\?x{446}$/);
    expect(toPrintable('plain', 10)).toBe('plain');
  });
});

describe('parseCapabilities', () => {
  it('reads what is offered, in either case', () => {
    const { lines } = read(
      '250-hop\r\n250-pipelining\r\n250-SIZE 1000\r\n250-8bitMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n',
    );

    expect(parseCapabilities(lines)).toEqual({
      hasPipelining: true,
      hasSize: true,
      maxMessageOctets: 1000,
      has8BitMime: true,
      hasSmtpUtf8: true,
      hasStartTls: true,
      authMechanisms: ['PLAIN'],
      xclientAttributes: [],
    });
  });

  it.each([
    ['SIZE', true, undefined],
    ['SIZE 0', true, undefined],
    ['SIZE nonsense', true, undefined],
    ['SIZE 52428800 ', true, 52_428_800],
    ['SIZER 5', false, undefined],
  ] as const)('reads %s', (line, hasSize, maxMessageOctets) => {
    const capabilities = parseCapabilities(['hop', line]);

    expect(capabilities.hasSize).toBe(hasSize);
    expect(capabilities.maxMessageOctets).toBe(maxMessageOctets);
  });

  it('takes no capability from the greeting line', () => {
    expect(parseCapabilities(['PIPELINING'])).toEqual({
      hasPipelining: false,
      hasSize: false,
      has8BitMime: false,
      hasSmtpUtf8: false,
      hasStartTls: false,
      authMechanisms: [],
      xclientAttributes: [],
    });
  });

  it.each([
    ['mechanisms in either case', 'auth plain Scram-Sha-256', ['PLAIN', 'SCRAM-SHA-256']],
    ['each once', 'AUTH PLAIN LOGIN PLAIN', ['PLAIN', 'LOGIN']],
    ['none where the old form stands alone', 'AUTH=LOGIN PLAIN', []],
    ['nothing that is no name', 'AUTH PLAIN bad\u0001name =LOGIN a.b', ['PLAIN']],
    ['nothing over 20 characters', `AUTH ${'A'.repeat(20)} ${'B'.repeat(21)}`, ['A'.repeat(20)]],
    [
      'the first 20',
      `AUTH ${Array.from({ length: 30 }, (_, at) => `M${at}`).join(' ')}`,
      Array.from({ length: 20 }, (_, at) => `M${at}`),
    ],
  ] as const)('reads of AUTH %s', (_claim, line, mechanisms) => {
    expect(parseCapabilities(['hop', line]).authMechanisms).toEqual(mechanisms);
  });

  it('reads the attributes of XCLIENT', () => {
    expect(parseCapabilities(['hop', 'XCLIENT NAME ADDR login']).xclientAttributes).toEqual(['NAME', 'ADDR', 'LOGIN']);
  });
});

describe('the bounds of classes', () => {
  it.each([
    ['400 x', '4.0.0'],
    ['499 x', '4.0.0'],
    ['500 x', '5.0.0'],
    ['599 x', '5.0.0'],
  ])('gives %j the status %s', (text, enhanced) => {
    expect(answer('recipient', text)).toMatchObject({ isTaken: false, rule: 'next-hop', reply: { enhanced } });
  });

  it('names the stage and the words of a reply that nothing asked for', () => {
    expect(answer('data', '250 ok')).toMatchObject({
      rule: 'next-hop-insane',
      detail: 'unexpected reply at data: 250 ok',
    });
  });

  it('keeps no words of a reply that only lets go on', () => {
    expect(answer('recipient', '250 ok').detail).toBeUndefined();
  });
});

describe('the text of a refusal', () => {
  it.each([
    ['550 \r\n', 'Refused by next hop'],
    ['550-\r\n550    \r\n', 'Refused by next hop'],
    ['550-\r\n550 why\r\n', '\nwhy'],
  ])('of %j is %j', (text, told) => {
    expect(answerTo('recipient', read(text)).reply.text).toBe(told);
  });
});

it.each([
  [['hop', '  SIZE   1000  '], 1000],
  [['hop', 'SIZE 1000x'], undefined],
  [['hop', 'SIZE x1000'], undefined],
  [['hop', 'SIZE'], undefined],
])('of %j the largest message is %s', (lines, maxMessageOctets) => {
  expect(parseCapabilities(lines)).toMatchObject({ hasSize: true });
  expect(parseCapabilities(lines).maxMessageOctets).toBe(maxMessageOctets);
});
