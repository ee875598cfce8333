/** What stops the embedded run and is the user's to correct: shown as its message alone, without a stack. */
export class RunError extends Error {
  override readonly name = 'RunError';
}
