/** What the programs of the parts have in common: how they say that they listen, and how they end. */
import { flushCompileCache } from 'node:module';

/** Writes the line that the run waits for. */
export function sayListening(port: number): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event: 'listening', port })}\n`);
  // A part that is killed later would not write it.
  flushCompileCache();
}

/** Ends the process on SIGTERM or SIGINT, after `close`. */
export function endOnSignal(close: () => Promise<void>): void {
  let isClosing = false;
  const end = (): void => {
    if (isClosing) return;
    isClosing = true;
    void close().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
