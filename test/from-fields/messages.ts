/** Random messages whose From fields are lawful, nearly lawful, or made to be read in two ways. */
import { mutate } from '../fuzz/mutate.ts';
import type { Random } from '../fuzz/random.ts';
import { FROM_FORMS } from './forms.ts';

/** What the user of these messages may send as. */
export const SENDERS = ['alice@example.com', 'a.b@example.com', '*@own.example'] as const;

/** What a user would like to be shown as, and pieces to part one reader from another. */
const WORDS = [
  ...['alice@example.com', '<alice@example.com>', 'x@own.example', '<x@own.example>', 'a.b@example.com'],
  ...[
    'ceo@bank.example',
    '<ceo@bank.example>',
    '"ceo@bank.example"',
    '(ceo@bank.example)',
    '=?utf-8?q?ceo=40bank=2Eexample?=',
  ],
  ...[
    '=?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?=',
    '=?utf-8?q?=3Cceo=40bank=2Eexample=3E?=',
    '=?utf-8?q?Foo,_Inc.?=',
    '=?us-ascii?Q?<ceo@bank.example>?=',
  ],
  ...[
    'ceo',
    '@',
    '@bank.example',
    'bank.example',
    '.',
    ',',
    ';',
    ':',
    '<',
    '>',
    '(',
    ')',
    '"',
    '\\',
    '[',
    ']',
    '[192.0.2.1]',
  ],
  ...['\\"', '\\(', '\\)', '()', '""', '(")', '"("', '")"', '(,)', '(()', "'", '=?', '?=', '@@', '<>', '<<', '>>'],
  ...[
    ' ',
    '  ',
    '\t',
    '\r\n ',
    '\r\n\t',
    '\r\n \r\n ',
    ' '.repeat(70),
    '\x0b',
    '\x0c',
    '\x01',
    '\x1f',
    '\x7f',
    '\xa0',
    '\x85',
  ],
  ...[
    '\xc2\xa0',
    '\xc2\x85',
    '\xe2\x80\xa8',
    '\xe3\x80\x80',
    '\xef\xbb\xbf',
    '\xef\xbc\xa0',
    '\xef\xbc\x9c',
    '\xe2\x80\xae',
    '\xfc',
    '\xc3\xbc',
  ],
  ...[
    'Alice',
    'Foo, Inc.',
    'Alice (Sales)',
    'undisclosed:;',
    'Team: alice@example.com;',
    '@a.example:',
    'J. R.',
    'a',
    'com',
    '-',
    '_',
  ],
];

const NAMES = [
  ...Array<string>(40).fill('From: '),
  ...[
    'from:',
    'FROM : ',
    'From\t:',
    'From\r\n : ',
    'Fro\r\n m: ',
    'From\x0b: ',
    'From\x0c:',
    '\x0bFrom:',
    '\xa0From: ',
    'From\xa0: ',
  ],
  ...[
    '\xef\xbb\xbfFrom: ',
    ' From: ',
    '.From: ',
    'From',
    'Fromage: ',
    `From${' '.repeat(200)}: `,
    'From\x01:',
    'From \x00: ',
    'X\r\n\x0bFrom: ',
  ],
];
const OTHERS = [
  ...[
    'Subject: x\r\n',
    'To: bob@example.net\r\n',
    'X: y\r\n z\r\n',
    'no colon\r\n',
    ':\r\n',
    'X\x0bFrom: ceo@bank.example\r\n',
    '\x0b, ceo@bank.example\r\n',
  ],
  ...[
    'Subject: a\x0cFrom: ceo@bank.example\r\n',
    'Subject: a\xe2\x80\xa8From: ceo@bank.example\r\n',
    ' \r\n',
    '>From ceo@bank.example\r\n',
    'From ceo@bank.example Mon\r\n',
  ],
];
const GOOD = 'From: Alice <alice@example.com>\r\n';

/** The content of a message, not dot-stuffed. */
export function randomMessage(random: Random): Buffer {
  const parts: string[] = [];
  const few = random.once(4);
  if (few && random.once(2)) parts.push(random.pick(OTHERS));
  if (random.once(12)) parts.push(GOOD);
  parts.push(random.pick(few ? NAMES : NAMES.slice(0, 1)), randomValue(random), '\r\n');
  if (random.once(12)) parts.push(GOOD);
  if (few && random.once(2)) parts.push(random.pick(OTHERS));
  return Buffer.from(`${parts.join('')}\r\nx\r\n`, 'latin1');
}

const FORMS = FROM_FORMS.map(({ value }) => Buffer.from(value));

function randomValue(random: Random): string {
  const form = random.pick(FORMS).toString('latin1');
  switch (random.below(4)) {
    case 0:
      return form;
    case 1:
      return pieces(random, 1 + random.below(7));
    case 2:
      return `${pieces(random, random.below(3))}${random.pick(['', ' ', ', '])}${form}${pieces(random, random.below(3))}`;
    default:
      return folded(mutate(random, FORMS, WORDS).subarray(0, 2000));
  }
}

function pieces(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(WORDS)).join(random.pick(['', '', ' ', ', ']));
}

/** As the value of a field: a newline is a fold, and NUL, which is refused before anything is read, is none. */
function folded(octets: Buffer): string {
  return octets
    .toString('latin1')
    .replace(/\0/g, '')
    .replace(/[\r\n]+/g, '\r\n ');
}
