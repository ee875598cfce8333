import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliDocument } from './cli-document.ts';

it('docs/cli.md says what the commands say of themselves; npm run docs:cli writes it', async () => {
  const written = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cli.md'), 'utf8');

  expect(written).toBe(await cliDocument());
});
