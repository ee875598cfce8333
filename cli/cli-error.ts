/** What the user may correct: shown as its message alone, without a stack. Exit code 1. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
}

/** A command that was typed wrong. Exit code 2. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}

/** Ctrl-C; the message says where things stand, and may be empty. Exit code 130, as shells have it. */
export class Interrupted extends CliError {
  override readonly name = 'Interrupted';
}
