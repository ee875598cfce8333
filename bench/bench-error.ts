/** What stops the benchmark and is told as its message alone, without a stack. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
