/** Moto, where it is: a server that keeps stacks for as long as the test wants it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isHere } from './synthesis.ts';

const REFEREE = join(import.meta.dirname, 'moto-referee.py');

export const HAS_MOTO = isHere('python3', '-c', 'import moto.server, boto3');

/** What the referee says; the shape is `moto-referee.py`'s. */
export interface Verdict {
  readonly endpoint: string;
  /** Physical ids by logical ids, of each stack. */
  readonly made: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly tables: readonly Readonly<Record<string, unknown>>[];
  readonly loadBalancer: {
    readonly ports: readonly number[];
    readonly zones: number;
    readonly addresses: number;
    readonly attributes: readonly Attribute[];
    readonly targetGroups: readonly (readonly Attribute[])[];
  };
}

export interface Attribute {
  readonly Key: string;
  readonly Value: string;
}

export class MotoReferee {
  readonly verdict: Verdict;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, verdict: Verdict) {
    this.#child = child;
    this.verdict = verdict;
  }

  /** @param folder for the request */
  static async ask(request: object, folder: string): Promise<MotoReferee> {
    const path = join(folder, 'request.json');
    writeFileSync(path, JSON.stringify(request));
    const child = spawn('python3', [REFEREE, path], { stdio: ['pipe', 'pipe', 'pipe'] });
    let problem = '';
    child.stderr.on('data', (text) => (problem += String(text)));
    let said = '';
    for await (const text of child.stdout) {
      said += String(text);
      if (said.endsWith('\n')) break;
    }
    if (said === '') throw new Error(`Moto ended: ${problem.split('\n').slice(-3).join(' ')}`);
    return new MotoReferee(child, JSON.parse(said));
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
