import { describe, expect, it } from 'vitest';
import { typeByMimeType, typeByName } from './attachment-type.ts';

describe('the kind by name', () => {
  it.each([
    // What docs/screening.md names of each kind.
    ...'exe com scr dll msi jar lnk'.split(' ').map((extension) => [`a.${extension}`, 'executable']),
    ...'js vbs bat ps1 hta wsf py sh reg'.split(' ').map((extension) => [`a.${extension}`, 'script']),
    ...'docm xlsm xlam pptm'.split(' ').map((extension) => [`a.${extension}`, 'macro-document']),
    ...'zip rar 7z gz cab arj'.split(' ').map((extension) => [`a.${extension}`, 'archive']),
    ...'iso img vhd vmdk dmg'.split(' ').map((extension) => [`a.${extension}`, 'disk-image']),
    ...'htm html mht'.split(' ').map((extension) => [`a.${extension}`, 'html']),
    ['winmail.dat', 'tnef'],

    // One from each line of the table that the documentation does not name.
    ['viewer.search-ms', 'executable'],
    ['app.diagcab', 'executable'],
    ['macro.mshxml', 'script'],
    ['sheet.slk', 'script'],
    ['part.001', 'archive'],
  ])('of %s is %s', (name, type) => {
    expect(typeByName(name)).toBe(type);
  });

  it.each([
    ['the last extension alone counts', 'invoice.pdf.exe', 'executable'],
    ['and not one before it', 'setup.exe.pdf', undefined],
    ['case does not count', 'SETUP.ExE', 'executable'],
    ['a name may be an extension alone', '.exe', 'executable'],
    ['a name without a dot has none', 'exe', undefined],
    ['a name that ends with a dot has none', 'a.', undefined],
    ['an empty name has none', '', undefined],
    ['full-width letters read the same', 'setup．ｅｘｅ', 'executable'],
    ['marks that are not seen hide nothing', 'setup.e\u200bx\u202ee', 'executable'],
    ['an extension that begins like one', 'a.exes', undefined],
    ['office documents are no archives', 'a.docx', undefined],
    ['a document is of no kind', 'a.pdf', undefined],
  ])('%s: %j', (_rule, name, type) => {
    expect(typeByName(name)).toBe(type);
  });

  it.each([
    ['WINMAIL.DAT', 'tnef'],
    ['windat.dat', 'tnef'],
    ['winmail1.dat', 'tnef'],
    ['winmail23.dat', 'tnef'],
    ['ｗinmail.dat', 'tnef'],
    ['win\u200bmail.dat', 'tnef'],
    ['my-winmail.dat', undefined],
    ['winmail.dat.txt', undefined],
    ['winmail-old.dat', undefined],
    ['other.dat', undefined],
  ])('of Outlook: %j is %s', (name, type) => {
    expect(typeByName(name)).toBe(type);
  });
});

describe('the kind by MIME type', () => {
  it.each([
    ['application/x-msdownload', 'executable'],
    ['application/x-msi', 'executable'],
    ['application/java-archive', 'executable'],
    ['application/wasm', 'executable'],
    ['text/javascript', 'script'],
    ['application/x-sh', 'script'],
    ['application/hta', 'script'],
    ['application/x-php', 'script'],
    ['application/vnd.ms-word.document.macroenabled.12', 'macro-document'],
    ['application/vnd.ms-excel.sheet.macroenabled.12', 'macro-document'],
    ['application/zip', 'archive'],
    ['application/x-7z-compressed', 'archive'],
    ['application/gzip', 'archive'],
    ['application/vnd.ms-cab-compressed', 'archive'],
    ['application/x-iso9660-image', 'disk-image'],
    ['application/x-vmdk', 'disk-image'],
    ['text/html', 'html'],
    ['application/ms-tnef', 'tnef'],
    ['application/vnd.ms-tnef', 'tnef'],
    ['application/pdf', undefined],
    ['application/octet-stream', undefined],
    ['zip', undefined],
    ['', undefined],
  ])('of %j is %s', (mimeType, type) => {
    expect(typeByMimeType(mimeType)).toBe(type);
  });
});
