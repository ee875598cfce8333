/** The names of a file as whoever saves it may write them. */
import { MAX_NAME_CHARACTERS } from './limits.ts';

/** Octets that end a name for some, and that no file name has. */
const CONTROL = /[\x00-\x1F\x7F]/g;

/** What no file name has on Windows, but for separators and the colon. */
const NOT_ON_WINDOWS = /[<>"|?*]/g;

function addCleaned(names: Set<string>, name: string): void {
  const cut = name.slice(0, MAX_NAME_CHARACTERS).replace(CONTROL, '').trim();
  if (cut === '') return;
  names.add(cut);
  // Whoever saves it on Windows leaves out what no name may have there.
  const saved = cut.replace(NOT_ON_WINDOWS, '').trim();
  if (saved !== cut && saved !== '') names.add(saved);
  // Windows drops dots and blanks at the end, and takes what follows a colon for a stream of the file.
  const bare = cut.replace(/[. ]{1,256}$/, '');
  if (bare !== '') names.add(bare);
  const colon = bare.indexOf(':', 2);
  if (colon !== -1) names.add(bare.slice(0, colon));
}

/** A name of which nothing becomes another one: most are. */
const PLAIN_NAME = /^[\w(),+@~-](?:[\w(),+@~ .-]{0,250}[\w(),+@~-])?$/;

/** Adds a name and what becomes of it: its last component, what stands before a NUL, what Windows makes of it. */
export function addFileName(names: Set<string>, name: string): void {
  if (PLAIN_NAME.test(name)) {
    names.add(name);
    return;
  }
  const readings = [name];
  const nul = name.indexOf('\0');
  if (nul !== -1) readings.push(name.slice(0, nul));
  for (const reading of readings) {
    addCleaned(names, reading);
    const bare = reading.replace(/[/\\]{1,64}$/, '');
    const separator = Math.max(bare.lastIndexOf('/'), bare.lastIndexOf('\\'));
    if (separator !== -1 || bare !== reading) addCleaned(names, bare.slice(separator + 1));
  }
}
