/** Forms of the From field, and which of them a user who may send as `alice@example.com` and `*@own.example` may write. */

export interface FromForm {
  /** What follows the colon; CR LF and blanks fold it. */
  readonly value: string;
  /** The addresses that are read, or why nothing is. */
  readonly read: readonly string[] | 'unreadable';
  /** A program that writes it so, or what is odd about it. */
  readonly from: string;
}

const ALICE = ['alice@example.com'];

function lawful(from: string, value: string, read: readonly string[] = ALICE): FromForm {
  return { value, read, from };
}

function unreadable(from: string, value: string): FromForm {
  return { value, read: 'unreadable', from };
}

/** As programs write them; each must be taken. */
export const LAWFUL_FORMS: readonly FromForm[] = [
  lawful('mail(1), curl', ' alice@example.com'),
  lawful('no blank', 'alice@example.com'),
  lawful('nodemailer without a name', ' <alice@example.com>'),
  lawful('most mail programs', ' Alice <alice@example.com>'),
  lawful('Thunderbird', ' "Liddell, Alice" <alice@example.com>'),
  lawful('two words and a dot', ' Alice P. Liddell <alice@example.com>'),
  lawful('a dot at the end of a word', ' Alice Liddell Jr. <alice@example.com>'),
  lawful('an apostrophe', " Alice O'Hara <alice@example.com>"),
  lawful('a slash, a hyphen, an ampersand', ' Sales/Support - A&B <alice@example.com>'),
  lawful('Outlook, the name in two kinds of quotes', ' "\'alice@example.com\'" <alice@example.com>'),
  lawful('the address as its name, quoted', ' "alice@example.com" <alice@example.com>'),
  lawful('the address as its name, unquoted', ' alice@example.com <alice@example.com>', [...ALICE, ...ALICE]),
  lawful('a list that rewrites its authors', ' "Bob (bob@other.example) via List" <alice@example.com>'),
  lawful('a help desk', ' "bob@other.example" <alice@example.com>'),
  lawful('escaped quotes', ' "Alice \\"Al\\" Liddell" <alice@example.com>'),
  lawful('an escaped backslash', ' "Alice \\\\" <alice@example.com>'),
  lawful('an empty name', ' "" <alice@example.com>'),
  lawful('no blank before the bracket', ' Alice<alice@example.com>'),
  lawful('no blank behind the quote', ' "Alice"<alice@example.com>'),
  lawful('a blank behind the bracket', ' Alice <alice@example.com> '),
  lawful('many blanks', '     Alice     <alice@example.com>    '),
  lawful('a TAB', '\tAlice\t<alice@example.com>'),
  lawful('cron', ' alice@example.com (Cron Daemon)'),
  lawful('sendmail', ' Alice Liddell <alice@example.com> (Alice)'),
  lawful('a comment in the name', ' Alice (Sales) <alice@example.com>'),
  lawful('a comment in a comment', ' alice@example.com (Alice (Sales))'),
  lawful('quoted and bare words', ' "Dr." Alice Liddell <alice@example.com>'),
  lawful('encoded, Q', ' =?utf-8?q?Al=C3=ADce?= <alice@example.com>'),
  lawful('encoded, B', ' =?UTF-8?B?QWzDrWNl?= <alice@example.com>'),
  lawful('two encoded words', ' =?UTF-8?Q?Al=C3=ADce?= =?UTF-8?Q?_Liddell?= <alice@example.com>'),
  lawful('an encoded word in quotes', ' "=?UTF-8?Q?Al=C3=ADce?=" <alice@example.com>'),
  lawful('an encoded word and a comma, unescaped', ' =?UTF-8?Q?Liddell,_Al=C3=ADce?= <alice@example.com>'),
  lawful('an encoded word with a language', ' =?utf-8*en?Q?Alice?= <alice@example.com>'),
  lawful('a name in UTF-8', ' Al\u00EDce <alice@example.com>'),
  lawful('a quoted name in UTF-8', ' "Al\u00EDce Liddell" <alice@example.com>'),
  lawful('a name of emoji', ' \u{1F430} Alice <alice@example.com>'),
  lawful('folded before the address', ' "A very long name, which is folded"\r\n <alice@example.com>'),
  lawful('folded at once', '\r\n alice@example.com'),
  lawful('folded in the name', ' Alice\r\n\tLiddell <alice@example.com>'),
  lawful('a comma in an unquoted name', ' Liddell, Alice <alice@example.com>'),
  lawful('a comma in the unquoted name of a firm', ' Foo, Bar, Inc. <alice@example.com>'),
  lawful('two authors', ' alice@example.com, Al <al@own.example>', [...ALICE, 'al@own.example']),
  lawful('two authors, folded', ' Alice <alice@example.com>,\r\n Al <al@own.example>', [...ALICE, 'al@own.example']),
  lawful('an empty element', ' , alice@example.com,', ALICE),
  lawful('a semicolon at the end', ' alice@example.com;'),
  lawful('semicolons for commas', ' Alice <alice@example.com>; al@own.example', [...ALICE, 'al@own.example']),
  lawful('a group', ' Team: alice@example.com, Al <al@own.example>;', [...ALICE, 'al@own.example']),
  lawful('a domain in capitals', ' Alice <alice@EXAMPLE.COM>'),
  lawful('a local part in capitals', ' Alice <Alice@example.com>'),
  lawful('a tagged address', ' al+tag@own.example', ['al+tag@own.example']),
  lawful('odd characters', " o'hara_{x}=y/z@own.example", ["o'hara_{x}=y/z@own.example"]),
  lawful('a quoted local part', ' "al liddell"@own.example', ['al liddell@own.example']),
  lawful('a local part in UTF-8', ' \u00E1l@own.example', ['\u00E1l@own.example']),
];

/** Each is read in two ways by programs in use, or as no one's: none is taken. */
export const REFUSED_FORMS: readonly FromForm[] = [
  unreadable('nothing', ''),
  unreadable('blanks', '   '),
  unreadable('a name alone', ' Alice'),
  unreadable('no address in the brackets', ' Alice <>'),
  unreadable('no domain', ' Alice <alice>'),
  unreadable('an empty group', ' undisclosed-recipients:;'),
  unreadable('a quoted string as an entry, first', ' "ceo@bank.example", alice@example.com'),
  unreadable('a quoted string as an entry, last', ' alice@example.com, "ceo@bank.example"'),
  unreadable('a quoted string before a semicolon', ' "ceo@bank.example"; alice@example.com'),
  unreadable('a quoted string in a group', ' Team: "ceo@bank.example", alice@example.com;'),
  unreadable('an address as the name of a group', ' alice@example.com: "ceo@bank.example";'),
  unreadable('a quoted address as the name of a group', ' "ceo@bank.example": alice@example.com;'),
  unreadable('an encoded address as the name of a group', ' =?utf-8?q?ceo=40bank=2Eexample?=: alice@example.com;'),
  unreadable('an encoded word as an entry', ' =?utf-8?q?ceo=40bank=2Eexample?=, alice@example.com'),
  unreadable('an encoded word before a semicolon', ' =?utf-8?q?ceo=40bank=2Eexample?=; <alice@example.com>'),
  unreadable('an encoded word in an address', ' =?utf-8?q?ceo=40bank=2Eexample=3E?=@own.example'),
  unreadable(
    'an encoded word that holds an address as it is',
    ' =?us-ascii?q?<ceo@bank.example>?= <alice@example.com>',
  ),
  unreadable('a backslash before the bracket', ' "ceo@bank.example"\\<alice@example.com>'),
  unreadable('a name behind the address', ' <alice@example.com> ceo@bank.example'),
  unreadable('two addresses without a comma', ' <alice@example.com> <ceo@bank.example>'),
  unreadable('a bracket in brackets', ' <<ceo@bank.example>alice@example.com>'),
  unreadable('a blank in the domain', ' x@bank.example .own.example'),
  unreadable('a comment in the domain', ' x@bank.example(x).own.example'),
  unreadable('blanks in the address', ' alice @ example . com'),
  unreadable('a route', ' <@bank.example:alice@example.com>'),
  unreadable('two at signs', ' ceo@bank.example@own.example'),
  unreadable('an at sign in a quoted local part', ' "ceo@bank.example"@own.example'),
  unreadable('quotes without an end', ' "Alice <alice@example.com>'),
  unreadable('a comment without an end', ' alice@example.com (Alice'),
  unreadable('the end of a comment', ' alice@example.com )'),
  unreadable('a bracket without an end', ' Alice <alice@example.com'),
  unreadable('the end of a bracket', ' Alice alice@example.com>'),
  unreadable('an address in a comment in a comment', ' (a (b) <ceo@bank.example>) alice@example.com'),
  unreadable('a comment that ends behind a backslash for some', ' (\\) <ceo@bank.example>) alice@example.com'),
  unreadable('an address that a comment in a comment goes on', ' alice@example.com (a (b).bank.example)'),
  unreadable('a group without an end', ' Team: alice@example.com'),
  unreadable('a group in a group', ' A: B: alice@example.com;;'),
  unreadable('a control character', ' alice@example.com\x01'),
  unreadable('a separator of lines of Unicode', ' ceo@bank.example\u2028@own.example'),
  unreadable('a wide at sign', ' ceo\uFF20bank.example alice@example.com'),
  unreadable('more addresses than anyone has', ` ${Array(101).fill('alice@example.com').join(', ')}`),
];

/** Each is read, and names another. */
export const FOREIGN_FORMS: readonly FromForm[] = [
  lawful('another', ' Boss <ceo@bank.example>', ['ceo@bank.example']),
  lawful('another beside the user', ' alice@example.com, ceo@bank.example', [...ALICE, 'ceo@bank.example']),
  lawful('another as the name', ' ceo@bank.example <alice@example.com>', ['ceo@bank.example', ...ALICE]),
  lawful('another behind many blanks', ` alice@example.com${' '.repeat(2000)}<ceo@bank.example>`, [
    ...ALICE,
    'ceo@bank.example',
  ]),
  lawful('another behind a semicolon', ' alice@example.com; ceo@bank.example', [...ALICE, 'ceo@bank.example']),
  lawful('another in a group', ' Team: alice@example.com, ceo@bank.example;', [...ALICE, 'ceo@bank.example']),
  lawful('a subdomain', ' x@sub.own.example', ['x@sub.own.example']),
];

export const FROM_FORMS: readonly FromForm[] = [...LAWFUL_FORMS, ...REFUSED_FORMS, ...FOREIGN_FORMS];
