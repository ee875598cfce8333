/** The hold on `cloud-reaper.mjs`, which ends the parts when this process ends in whatever way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'cloud-reaper.mjs');

export class CloudReaper {
  readonly #child: ChildProcess;

  /** @param directory removed at the end */
  constructor(directory: string) {
    this.#child = spawn(process.execPath, [PROGRAM, directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    // It waits for us, not we for it.
    this.#child.unref();
    this.#child.stdin?.on('error', () => undefined);
  }

  watch(pid: number): void {
    this.#child.stdin?.write(`+${pid}\n`);
  }

  /** The process has ended, and its number may be another's. */
  forget(pid: number): void {
    this.#child.stdin?.write(`-${pid}\n`);
  }

  /** Ends what is left, and resolves when it is gone. */
  async reap(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }
}
