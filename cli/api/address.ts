/** Where the admin API is. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { CliError, UsageError } from '../cli-error.ts';

interface Place {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** From which a relative `POSTERN_HOME` counts. */
  readonly folder: string;
}

/** Where the embedded run has it, unless told otherwise. */
const DEFAULT_ADDRESS = 'http://127.0.0.1:8080';
const DEFAULT_HOME = resolve(import.meta.dirname, '..', '..', '.postern');
const runFileSchema = z.looseObject({ parts: z.looseObject({ admin: z.looseObject({ url: z.url() }) }) });

/**
 * `--api`, else `POSTERN_API`, else the address of the embedded run on `POSTERN_HOME`, else the one it has by default.
 *
 * @throws UsageError when what was given is no http:// or https:// URL
 */
export function apiAddress(option: string | undefined, { environment, folder }: Place): URL {
  if (option !== undefined) return readAddress(option, '--api');
  const variable = environment.POSTERN_API ?? '';
  if (variable !== '') return readAddress(variable, 'POSTERN_API');
  return new URL(addressOfRun(environment.POSTERN_HOME ?? '', folder) ?? DEFAULT_ADDRESS);
}

function readAddress(text: string, name: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`${name} is "${text}" where a URL is expected: https://ID.execute-api.REGION.amazonaws.com`);
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new UsageError(`${name} is "${text}": in the clear only an API on this machine is called; write https://`);
  }
  return url;
}

/** Requests to this machine are not signed: its API asks for no signature. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function addressOfRun(home: string, folder: string): string | undefined {
  const file = join(home === '' ? DEFAULT_HOME : resolve(folder, home), 'run.json');
  try {
    return runFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).parts.admin.url;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}
