/** Writes `docs/cli.md`. Usage: npm run docs:cli */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliDocument } from './cli-document.ts';

writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), await cliDocument());
