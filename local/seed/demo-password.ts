/** The demo user's password: `POSTERN_DEMO_PASSWORD`, or one that is made once and kept in `demo-password`. */
import { randomInt } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Without those that look alike, nor any that a shell or a URL would change. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** 20 of 55 characters: 115 bits. */
const LENGTH = 20;

export function demoPasswordPath(home: string): string {
  return join(home, 'demo-password');
}

/** The kept password, made now where there is none. The file has mode 0600 and ends with LF. */
export function keptDemoPassword(home: string): string {
  const path = demoPasswordPath(home);
  try {
    const kept = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (kept !== '') return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  writeFileSync(`${path}.tmp`, `${password}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  return password;
}
