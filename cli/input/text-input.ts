/** Text from a file, or from standard input where it is named `-`; and text into a file. */
import { readFile, writeFile } from 'node:fs/promises';
import type * as z from 'zod';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { readStandardInput } from './standard-input.ts';

type Files = Pick<Context, 'input' | 'signal' | 'pathOf'>;

/** @throws CliError when it cannot be read */
export async function readText(name: string, files: Files): Promise<string> {
  return (await readOctets(name, files)).toString();
}

/** The same, as it is. @throws CliError when it cannot be read */
export async function readOctets(name: string, { input, signal, pathOf }: Files): Promise<Buffer> {
  if (name === '-') return readStandardInput(input, signal);
  try {
    return await readFile(pathOf(name));
  } catch (error) {
    throw new CliError(`Cannot read ${name}: ${whyNot(error)}`, { cause: error });
  }
}

/** @throws CliError when it cannot be written */
export async function writeText(name: string, text: string, { pathOf }: Pick<Context, 'pathOf'>): Promise<void> {
  try {
    await writeFile(pathOf(name), text);
  } catch (error) {
    throw new CliError(`Cannot write ${name}: ${whyNot(error)}`, { cause: error });
  }
}

/** What the system says, in words; the message of an errno error repeats the code and the call. */
export function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return ERRORS[code ?? ''] ?? message;
}

const ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'no space is left on the device',
};

/** @throws CliError when the text is no JSON, or the schema does not take it */
export function readJson<Value>(text: string, name: string, schema: z.ZodType<Value>): Value {
  const result = schema.safeParse(parse(text, name));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
  throw new CliError(`${name} is no policy document: ${problems.join('; ')}`);
}

function parse(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    // What `npm run` says before a program's own output.
    const isBanner = /^\s*> \S+@\S+ \S+/.test(text);
    const advice = isBanner ? ': it begins with what npm run says; write it with npx postern, or --output' : '';
    throw new CliError(`${name} is not JSON${advice || ` (${(error as Error).message})`}`);
  }
}
