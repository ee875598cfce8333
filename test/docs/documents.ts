/** The documents that people follow, and the commands in them. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Shells that read what people paste. */
export const SHELLS = ['dash', 'bash', 'zsh'] as const;

export interface Block {
  /** `README.md:42`. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

export function documents(): readonly string[] {
  return ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()];
}

/** Fenced blocks of a document. */
export function blocksOf(document: string): readonly Block[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language = '', 2: block = '', index }): Block => {
    const line = text.slice(0, index).split('\n').length;
    return { place: `${document}:${line}`, language, text: block };
  });
}

const COMMAND = /^(?:npm|npx|\.\/postern|aws|curl|openssl|printf|export|certbot|insights|[A-Z_]+=)\b/;

/** Whether a block is for a shell. Programs that are saved as a file have their own first line. */
export function isForShell({ language, text }: Block): boolean {
  return language === 'sh' || (language === '' && COMMAND.test(text));
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
