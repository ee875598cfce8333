/** Text from a file, or from standard input where it is named `-`. */
import { readFile } from 'node:fs/promises';
import type * as z from 'zod';
import { CliError } from './cli-error.ts';
import type { Context } from './context.ts';
import { readStandardInput } from './standard-input.ts';

/** @throws CliError when it cannot be read */
export async function readText(name: string, { input, signal }: Pick<Context, 'input' | 'signal'>): Promise<string> {
  if (name === '-') return (await readStandardInput(input, signal)).toString();
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read ${name}: ${(error as Error).message}`, { cause: error });
  }
}

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
    const advice = isBanner ? ': it begins with what npm says; write it with npm run --silent, or --output' : '';
    throw new CliError(`${name} is not JSON${advice || ` (${(error as Error).message})`}`);
  }
}
