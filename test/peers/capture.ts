/** What goes over the loopback device to some ports, as dumpcap takes it down and tshark reads it. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const FIELDS = [
  'frame.number',
  'tcp.srcport',
  'tcp.dstport',
  'smtp.req.command',
  'smtp.req.parameter',
  'smtp.response.code',
  'smtp.rsp.parameter',
];
/** dumpcap says this when the device is open and its file begun: from then on it misses nothing. */
const HAS_BEGUN = /^File: /;
const DEVICE = 'lo';
const run = promisify(execFile);

/** A frame with SMTP in it. */
export interface Frame {
  readonly from: number;
  readonly to: number;
  /** A command with its arguments, or a reply; of other lines nothing. */
  readonly says: string;
  /** tshark's own line on it, which begins with its number. */
  readonly summary: string;
}

/** Why nothing can be captured here; `undefined` when it can. */
export function captureMissing(): string | undefined {
  if (process.platform !== 'linux') return 'there is no device lo';
  if (spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status !== 0) return 'tshark is not installed';
  // It opens the device, and prints what its kernel would filter by. Its exit code is 0 whether it could or not.
  const { stdout } = spawnSync('dumpcap', ['-d', '-i', DEVICE, '-f', 'tcp'], { encoding: 'utf8' });
  return stdout?.includes('ret') ? undefined : 'dumpcap may not capture';
}

export class Capture {
  readonly #ports: readonly number[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-capture-'));
  readonly #dumpcap: ChildProcess;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    const filter = ports.map((port) => `tcp port ${port}`).join(' or ');
    const flags = ['-q', '-i', DEVICE, '-f', filter, '-w', this.#file];
    this.#dumpcap = spawn('dumpcap', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Resolves when it captures. */
  static async start(ports: readonly number[]): Promise<Capture> {
    const capture = new Capture(ports);
    const said: string[] = [];
    const { stderr } = capture.#dumpcap;
    if (stderr === null) throw new TypeError('No standard error of dumpcap');
    for await (const line of createInterface({ input: stderr })) {
      said.push(line);
      if (!HAS_BEGUN.test(line)) continue;
      stderr.resume();
      return capture;
    }
    await capture.stop();
    throw new Error(`Cannot capture: ${said.join(' ')}`);
  }

  /**
   * The frames that are in the file by now.
   *
   * @param keys file of TLS secrets (`SSLKEYLOGFILE`), with which what they protect is read too
   */
  async frames(keys?: string): Promise<Frame[]> {
    const flags = ['-r', this.#file, '-Y', 'smtp', ...this.#ports.flatMap((port) => ['-d', `tcp.port==${port},smtp`])];
    if (keys !== undefined) flags.push('-o', `tls.keylog_file:${keys}`);
    const fields = ['-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];
    const [table, summaries] = await Promise.all([read([...flags, ...fields]), read(flags)]);
    // The later look may have seen more.
    const count = Math.min(table.length, summaries.length);
    return table.slice(0, count).map((row, index) => frameOf(row, summaries[index] ?? ''));
  }

  async stop(): Promise<void> {
    if (this.#dumpcap.exitCode === null && this.#dumpcap.signalCode === null) {
      const closed = once(this.#dumpcap, 'close');
      this.#dumpcap.kill('SIGINT');
      await closed;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, 'capture.pcapng');
  }
}

/** Lines of tshark; none where it fails, as it does when the file ends in the middle of a frame as yet. */
async function read(flags: readonly string[]): Promise<string[]> {
  const { stdout } = await run('tshark', flags, { maxBuffer: 16_777_216 }).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter((row) => row !== '');
}

function frameOf(row: string, summary: string): Frame {
  const [number = '', from = '', to = '', command = '', parameter = '', code = '', text = ''] = row.split('\t');
  if (!summary.trimStart().startsWith(`${number} `)) throw new Error(`Not the line of frame ${number}: ${summary}`);
  return { from: Number(from), to: Number(to), says: `${command}${code} ${parameter}${text}`.trim(), summary };
}
