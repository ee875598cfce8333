/** Calls of the AWS CLI, which the operator is signed in to: no second way of finding credentials. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Octets of an answer; that of an account with many stacks is a few hundred thousand. */
const MAX_OCTETS = 32 * 1024 * 1024;

/** @throws Error with the CLI's own words */
export async function aws(...args: readonly string[]): Promise<unknown> {
  try {
    const { stdout } = await run('aws', [...args, '--output', 'json'], { maxBuffer: MAX_OCTETS });
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error('There is no aws: install the AWS CLI');
    const { stderr = '' } = error as { stderr?: string };
    const [words = String(error)] = stderr.trim().split('\n');
    throw new Error(`aws ${args.slice(0, 2).join(' ')}: ${words}`, { cause: error });
  }
}
