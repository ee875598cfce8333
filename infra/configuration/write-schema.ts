/**
 * Writes postern.config.schema.json anew, after a field has come or gone.
 *
 * Usage: npm run schema
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configurationJsonSchema } from './json-schema.ts';

const PATH = join(resolve(import.meta.dirname, '..', '..'), 'postern.config.schema.json');

writeFileSync(PATH, `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
