/**
 * Says what of the account and region would stop a deployment; reads alone, with the credentials of the AWS CLI.
 *
 * Usage: npm run check:account [-- -c config=FILE]   (ends with 1 where something would stop it)
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONFIGURATION_FILE, ConfigurationError, findConfiguration } from '../configuration/read-configuration.ts';
import { judgeAccount } from './judge-account.ts';
import { readAccount } from './read-account.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

async function main(): Promise<void> {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const [, file] = /^config=(.+)$/m.exec(process.argv.slice(2).join('\n')) ?? [];
  const defaultFile = join(ROOT, CONFIGURATION_FILE);
  const configuration = findConfiguration({ context: context.postern, file, defaultFile });
  // The CLI asks the region that the stacks are for.
  if (configuration.region !== undefined) process.env.AWS_REGION = configuration.region;
  const secrets = configuration.servers.flatMap(({ certificateSecret = [] }) => certificateSecret);
  const { facts, unread } = await readAccount(secrets);
  const findings = judgeAccount(configuration, facts);
  for (const { kind, text } of findings) console.log(`${kind === 'stops' ? 'stops    ' : 'surprises'}  ${text}`);
  for (const line of unread) console.log(`not read   ${line}`);
  const stopping = findings.filter(({ kind }) => kind === 'stops').length;
  console.log(
    `${facts.region}: ${stopping === 0 ? 'nothing stops a deployment' : `${stopping} would stop a deployment`}`,
  );
  if (stopping > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  const isOurs = error instanceof ConfigurationError;
  console.error(isOurs ? error.message : `postern: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
