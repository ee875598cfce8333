/** Programs that tests run to their end, and moto, which serves until it is ended. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramEnd {
  readonly code: number | null;
  /** Standard output. */
  readonly out: Buffer;
  /** Standard error. */
  readonly err: string;
  /** Both, as they came. */
  readonly said: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs a program that is given nothing on standard input. */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramEnd> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (octets: Buffer) => said.push(octets) && out.push(octets));
  child.stderr.on('data', (octets: Buffer) => said.push(octets) && err.push(octets));
  const [code] = await once(child, 'close');
  return { code, out: Buffer.concat(out), err: Buffer.concat(err).toString(), said: Buffer.concat(said).toString() };
}

/** Whether a program is here and answers `--version`, or whatever is asked of it. */
export function isHere(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Looked for and not loaded, which takes ten times as long. */
const FIND_MOTO = `
import sys
from importlib.util import find_spec
sys.exit(any(find_spec(name) is None for name in ("moto", "boto3", "flask", "flask_cors", "werkzeug")))
`;

export const HAS_MOTO = isHere('python3', '-c', FIND_MOTO);

/**
 * Says its address and serves until its input ends. One request at a time: moto checks a condition and writes in two
 * steps, so that two threads of it would both find a condition true.
 */
const MOTO = `
import sys, threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.port}", flush=True)
sys.stdin.read()
`;

/** A Python program that says one line when it is ready, and ends with its input; moto unless another is named. */
export class MotoServer {
  /** Its line: of moto, which plays all of AWS, the URL. */
  readonly said: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, said: string) {
    this.#child = child;
    this.said = said;
  }

  static async start(program: readonly string[] = ['-c', MOTO]): Promise<MotoServer> {
    const child = spawn('python3', program, { stdio: ['pipe', 'pipe', 'pipe'] });
    let problem = '';
    child.stderr.on('data', (text) => {
      problem = (problem + String(text)).slice(-2000);
    });
    let said = '';
    for await (const text of child.stdout) {
      said += String(text);
      if (said.endsWith('\n')) break;
    }
    if (said === '') throw new Error(`Moto ended: ${problem.split('\n').slice(-3).join(' ')}`);
    return new MotoServer(child, said.trim());
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}
