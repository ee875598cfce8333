/** Carries out `npm run user`. */
import { randomBytes } from 'node:crypto';
import { assertNever } from '../../policy/result.ts';
import { homeDirectory } from '../configuration.ts';
import { RunError } from '../run-error.ts';
import { readRunFile } from '../start/run-file.ts';
import { parseUserCommand, USAGE, type UserCommand } from './arguments.ts';
import type { UserDirectory } from './directory.ts';

/** Does what `argv` says and returns the exit code. */
export async function runUserCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const command = parseUserCommand(argv);
  if (!command.ok) {
    process.stderr.write(`user: ${command.problem}\n\n${USAGE}`);
    return 2;
  }
  if (command.value.kind === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await withDirectory(homeDirectory(environment), (directory) => carryOut(command.value, directory));
    return 0;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    process.stderr.write(`user: ${error.message}\n`);
    return 1;
  }
}

async function withDirectory(home: string, use: (directory: UserDirectory) => Promise<void>): Promise<void> {
  const run = readRunFile(home);
  const notRunning = `No embedded run is ready on ${home}: start it with npm start`;
  if (run === undefined) throw new RunError(notRunning);
  // The SDK is loaded for this alone; help and mistakes are answered at once.
  const [{ embeddedDynamoDb }, { UserDirectory }] = await Promise.all([
    import('../dynamodb/client.ts'),
    import('./directory.ts'),
  ]);
  const client = embeddedDynamoDb(run.parts.dynamodb.url);
  try {
    await use(new UserDirectory(client));
  } catch (error) {
    // A run that was killed leaves its addresses behind.
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') throw new RunError(notRunning);
    throw error;
  } finally {
    client.destroy();
  }
}

async function carryOut(command: UserCommand, directory: UserDirectory): Promise<void> {
  switch (command.kind) {
    case 'add': {
      const { user, servers, senders } = command;
      await checkServers(servers, directory);
      const isNew = await directory.add({ user, servers, senders, verifier: await newVerifier() });
      if (!isNew) throw new RunError(`User ${user} is there already: npm run user -- password ${user}`);
      return say(`User ${user} added`);
    }
    case 'password': {
      const isKnown = await directory.setVerifier(command.user, await newVerifier());
      if (!isKnown) throw new RunError(`User ${command.user} is not there: npm run user -- list`);
      return say(`User ${command.user} has another password`);
    }
    case 'list':
      for (const item of await directory.list()) say(line(item));
      return;
    case 'help':
      return;
    default:
      return assertNever(command);
  }
}

async function checkServers(servers: readonly string[], directory: UserDirectory): Promise<void> {
  const published = await directory.publishedServers();
  const unknown = servers.find((server) => !published.includes(server));
  if (unknown === undefined) return;
  throw new RunError(`"${unknown}" is not a published server: ${[...published].sort().join(', ')} are`);
}

async function newVerifier(): Promise<string> {
  const [{ readPassword }, { makeVerifier }, { formatVerifier, SALT_OCTETS }] = await Promise.all([
    import('./password-input.ts'),
    import('../../policy/password.ts'),
    import('../../policy/verifier.ts'),
  ]);
  const password = await readPassword(process.stdin, process.stderr);
  return formatVerifier(await makeVerifier(password, randomBytes(SALT_OCTETS)));
}

/** Also shows an item that people have edited into something else. */
function line({ user, enabled, servers, senders }: Readonly<Record<string, unknown>>): string {
  const names = (value: unknown): string =>
    value instanceof Set || Array.isArray(value) ? [...value].sort().join(' ') : '-';
  const state = enabled === false ? 'disabled' : 'enabled';
  return `${String(user)}\t${state}\tservers: ${names(servers)}\tsenders: ${names(senders)}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
