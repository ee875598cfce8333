/**
 * `npm start`: Postern on one machine, as docs/ and `README.md` describe it.
 *
 * Here only what must come before the other modules are loaded: where their compiled form is kept.
 */
import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';

const home = resolve(process.env.POSTERN_HOME || join(import.meta.dirname, '..', '.postern'));
try {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  enableCompileCache(join(home, 'build', 'compile-cache'));
} catch {
  // A cache is not needed; what is wrong with the directory is told by who needs it.
}

const { main } = await import('./start/main.ts');
process.exit(await main(process.argv.slice(2)));
