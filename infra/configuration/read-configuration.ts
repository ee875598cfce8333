/** Reads the context; a mistake is one error that names each field at fault and what is allowed. */
import { type Configuration, configurationSchema } from './configuration.ts';

/** What is wrong in cdk.json; its message is for the person who wrote it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** One line a field. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`cdk.json, context "postern":\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

export function readConfiguration(context: unknown): Configuration {
  if (context === undefined) throw new ConfigurationError(['is missing; docs/deploy.md tells what it holds']);
  const result = configurationSchema.safeParse(context);
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map(({ path, message }) => `${['postern', ...path].join('.')}: ${message}`),
  );
}
