import { describe, expect, it } from 'vitest';
import { octetsOf, partsOf, reasonsOf, scanned } from '../../../test/support/mime-facts.ts';
import { BEHIND_EACH_CR, inSizes, OCTET_BY_OCTET, WHOLE } from '../../../test/support/segmentation.ts';

const MZ = Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'), Buffer.alloc(200)]).toString('base64');

function mixed(...parts: readonly string[]): string {
  return `Subject: x\nContent-Type: multipart/mixed; boundary="b"\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;
}

describe('a plain message', () => {
  it('has its header, its text and nothing odd', () => {
    const facts = scanned(
      'From: a@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n aus =?utf-8?q?K=C3=B6ln?=\n\nHello\nworld\n',
    );

    expect(facts).toEqual({
      octets: 103,
      parts: [{ mimeTypes: ['text/plain'], names: [], namesInside: [], types: [], octets: 14, isAttachment: false }],
      structure: [],
      header: [
        { name: 'from', readings: ['a@example.com'] },
        { name: 'subject', readings: ['=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?utf-8?q?K=C3=B6ln?=', 'Grüße aus Köln'] },
      ],
      text: ['Hello\r\nworld\r\n'],
    });
  });

  it('gives no header and no text where none is asked for', () => {
    const facts = scanned('Subject: x\n\nHello\n', { needs: { header: false, text: false } });

    expect(facts).toMatchObject({ header: [], text: [] });
  });

  it('has its stuffed dots taken away', () => {
    const facts = scanned('Subject: x\n\n..a\n...\nb.c\n..', { isDotStuffed: true });

    expect(facts).toMatchObject({ octets: 31 - 3, text: ['.a\r\n..\r\nb.c\r\n.'] });
  });
});

describe('an attachment', () => {
  it('has its name, its label, its kind and its size', () => {
    const message = mixed(
      'Content-Type: text/plain\n\nHello',
      `Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n\n${MZ}`,
    );

    expect(reasonsOf(message)).toEqual([]);
    expect(partsOf(message)).toEqual([
      { mimeTypes: ['text/plain'], names: [], namesInside: [], types: [], octets: 7, isAttachment: false },
      {
        mimeTypes: ['application/pdf'],
        names: ['a.pdf'],
        namesInside: [],
        types: ['executable'],
        octets: 208,
        isAttachment: true,
      },
    ]);
  });
});

describe.each([WHOLE, OCTET_BY_OCTET, BEHIND_EACH_CR, inSizes([7, 1, 100])])('$name', (segmentation) => {
  it('gives the same facts', () => {
    const message = mixed(
      'Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>vi<b>ag</b>ra =C3=BC=\n=20x',
      `Content-Type: message/rfc822\n\n${mixed(`Content-Disposition: attachment; filename=a.exe\nContent-Transfer-Encoding: base64\n\n${MZ}`).replaceAll('--b', '--c').replace('"b"', '"c"')}`,
    );
    const octets = octetsOf(message);

    expect(scanned(message, {}, segmentation.cut(octets))).toEqual(scanned(message));
  });
});
