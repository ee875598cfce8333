/** A database with many relay domains, written once and kept: DynamoDB on disk takes minutes for them. */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from '../../local/child-environment.ts';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { HOST } from '../../local/names.ts';
import { createTables } from '../../local/seed/tables.ts';
import { portOf } from '../../local/start/part.ts';
import { Program } from '../machine/program.ts';
import { listedDomain } from '../workload.ts';
import { CACHE } from './bundles.ts';
import { writeDomains } from './policy-items.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'local', 'dynamodb', 'main.ts');

/** The directory of a database in which `count` domains are listed; `say` hears when it must be written first. */
export async function domainDatabase(count: number, say: (line: string) => void): Promise<string> {
  const kept = join(CACHE, `domains-${count}`);
  if (statSync(kept, { throwIfNoEntry: false }) !== undefined) return kept;
  say(`Writing ${count} relay domains into a database that is kept for later runs (a minute or so)`);
  const draft = `${kept}.${process.pid}.tmp`;
  mkdirSync(draft, { recursive: true });
  try {
    await writeDatabase(draft, count);
    renameSync(draft, kept);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return kept;
}

async function writeDatabase(directory: string, count: number): Promise<void> {
  const program = new Program({
    name: 'dynamodb',
    command: [PROGRAM, '--port', '0', '--directory', directory],
    environment: cleanEnvironment(process.env),
    isOurs: true,
  });
  try {
    const client = embeddedDynamoDb(`http://${HOST}:${portOf(await program.listening)}`);
    await createTables(client);
    await writeDomains(
      client,
      Array.from({ length: count }, (_, number) => listedDomain(number)),
    );
    client.destroy();
  } finally {
    await program.stop();
  }
}
