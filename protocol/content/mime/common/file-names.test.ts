import { describe, expect, it } from 'vitest';
import { addFileName } from './file-names.ts';

function namesOf(name: string): readonly string[] {
  const names = new Set<string>();
  addFileName(names, name);
  return [...names];
}

describe('a name', () => {
  it.each([
    ['that is plain', 'Report (1), final.pdf', ['Report (1), final.pdf']],
    ['of one letter', 'a', ['a']],
    ['of nothing', '', []],
    ['of blanks', '  ', []],
    ['with a path', 'docs/evil.exe', ['docs/evil.exe', 'evil.exe']],
    ['with a path of Windows', 'c:\\temp\\evil.exe', ['c:\\temp\\evil.exe', 'evil.exe']],
    ['with both', 'a\\b/evil.exe', ['a\\b/evil.exe', 'evil.exe']],
    ['of a folder', 'evil.exe/', ['evil.exe/', 'evil.exe']],
    ['with separators behind it', 'a/evil.exe//\\', ['a/evil.exe//\\', 'evil.exe']],
    ['with a NUL', 'evil.exe\0.txt', ['evil.exe.txt', 'evil.exe']],
    ['with a control', 'evil\x01.e\x7fxe', ['evil.exe']],
    ['that Windows cannot have', 'e"v<i>l|.?e*xe', ['e"v<i>l|.?e*xe', 'evil.exe']],
    ['of what Windows cannot have', '?*', ['?*']],
    ['with dots behind it', 'evil.exe. .', ['evil.exe. .', 'evil.exe']],
    ['of dots', '...', ['...']],
    ['with a stream', 'evil.exe:a.txt', ['evil.exe:a.txt', 'evil.exe']],
    ['with a drive', 'c:evil.exe', ['c:evil.exe']],
    ['with a drive and a stream', 'c:evil.exe:a', ['c:evil.exe:a', 'c:evil.exe']],
    ['with blanks round it', ' evil.exe ', ['evil.exe']],
    ['with letters of other scripts', '\u00fcbel.exe', ['\u00fcbel.exe']],
    ['of 252 plain characters', 'x'.repeat(252), ['x'.repeat(252)]],
    ['that is cut', `${'x'.repeat(1024)}yz`, ['x'.repeat(1024)]],
  ])('%s', (_what, name, names) => {
    expect(namesOf(name)).toEqual(names);
  });
});
