/** What reads messages and judges them, each over a text that anybody may have written. */
import { Buffer } from 'node:buffer';
import { comparable, matchesGlob, parseGlob } from '../../policy/screen/glob.ts';
import { addressesOf } from '../../policy/screen/message-addresses.ts';
import { compileWords } from '../../policy/screen/words.ts';
import { factsOf } from '../support/mime-facts.ts';

/** What stands in front of a text, so that a scanner finds it to be something. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  'a head': '',
  'a field': 'Subject: ',
  'a Content-Type': 'Content-Type: ',
  'a boundary': 'Content-Type: multipart/mixed; boundary=',
  'a name': 'Content-Type: a/b; name=',
  'a quoted name': 'Content-Type: a/b; name="',
  'an encoding': 'Content-Transfer-Encoding: ',
  'a body': '\r\n',
  'a page': 'Content-Type: text/html\r\n\r\n',
  'a multipart': 'Content-Type: multipart/mixed; boundary=a\r\n\r\n',
  base64: 'Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n',
  'quoted-printable': 'Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
  'a zip archive': 'Content-Type: a/b\r\n\r\nPK\x03\x04',
};

/** The text as it is scanned, and as its words are looked for by a rule. */
function scan(beginning: string): (text: string) => unknown {
  return (text) => factsOf(Buffer.from(`${beginning}${text}`, 'latin1')).text.map(comparable);
}

export const SCREEN_PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  matchesGlob: (text) => matchesGlob(text, parseGlob(text)),
  'matchesGlob of stars': (text) => matchesGlob(text, parseGlob('*a*a?*b')),
  'words in text': (text) => compileWords(['a a a', 'a.b', '$']).test(comparable(text)),
  addressesOf,
  ...Object.fromEntries(
    Object.entries(BEGINNINGS).map(([name, beginning]) => [`MimeScanner of ${name}`, scan(beginning)]),
  ),
};
