/** Reads what a deployment is told; a mistake is one error that names each field at fault and what is allowed. */
import { readFileSync } from 'node:fs';
import { type Configuration, configurationSchema } from './configuration.ts';

/** The file beside cdk.json that is read where it is there. */
export const CONFIGURATION_FILE = 'postern.config.json';

/** What is wrong; its message is for the person who wrote it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** One line a field. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], place = 'cdk.json, context "postern"') {
    super(`${place}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

export interface ConfigurationSource {
  /** The context `postern`: an object of cdk.json, or JSON by `-c postern='…'`. */
  readonly context?: unknown;
  /** The context `config`: path of a file, by `-c config=FILE`. */
  readonly file?: unknown;
  /** Path of the file that is read where nothing else is said. */
  readonly defaultFile: string;
}

/**
 * Takes a file that is named, else JSON that is given on the command line, else the default file where it is there, else
 * the block of cdk.json.
 */
export function findConfiguration({ context, file, defaultFile }: ConfigurationSource): Configuration {
  if (typeof file === 'string') return readFile(file);
  if (typeof context === 'string') return readConfiguration(parseJson(context, CONTEXT), CONTEXT);
  const text = textOf(defaultFile);
  if (text === undefined) return readConfiguration(context);
  return readConfiguration(parseJson(text, CONFIGURATION_FILE), CONFIGURATION_FILE);
}

export function readConfiguration(written: unknown, place?: string): Configuration {
  if (written === undefined) throw new ConfigurationError(['is missing; docs/deploy.md tells what it holds'], place);
  const result = configurationSchema.safeParse(written);
  if (result.success) return result.data;
  const root = place === undefined || place === CONTEXT ? ['postern'] : [];
  const problems = result.error.issues.map(({ path, message }) => {
    const field = [...root, ...path].join('.');
    return field === '' ? message : `${field}: ${message}`;
  });
  throw new ConfigurationError(problems, place);
}

const CONTEXT = 'context "postern"';

function readFile(path: string): Configuration {
  const text = textOf(path);
  if (text === undefined) throw new ConfigurationError(['there is no such file'], path);
  return readConfiguration(parseJson(text, path), path);
}

/** `undefined` for a file that is not there. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError([`is not JSON: ${(error as Error).message}`], place);
  }
}
