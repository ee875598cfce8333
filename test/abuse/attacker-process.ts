/** Starts an attack in a process of its own, and ends it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AttackName } from './attacks/all-attacks.ts';
import type { Target } from './attacks/attack.ts';

const PROGRAM = join(import.meta.dirname, 'attacker.ts');

export class AttackerProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when the load stands; throws when the attacker ended before. */
  static async start(attack: AttackName, target: Target): Promise<AttackerProcess> {
    const child = spawn(process.execPath, [PROGRAM, attack, JSON.stringify(target)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`Attacker ${attack} ended with ${code} before its load stood`);
    });
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    return new AttackerProcess(child);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }
}
