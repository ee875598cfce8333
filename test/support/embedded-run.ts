/** Starts the embedded run as `npm start` does, on free ports and in a directory of its own, and ends it. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Part } from '../../local/start/part.ts';
import { SHARED_BUNDLES } from './cloud-bundles.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PORTS = ['SUBMISSION', 'SUBMISSIONS', 'INBOUND', 'MTA', 'DYNAMODB', 'LAMBDA', 'SES', 'S3', 'ADMIN'];

export const DEMO_USER = 'alice@example.com';
export const DEMO_PASSWORD = 'correct horse battery staple';

export interface ReceivedMail {
  readonly octets: Buffer;
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
}

interface RunFile {
  readonly parts: {
    readonly dynamodb: { readonly url: string };
    readonly lambda: { readonly url: string };
    readonly admin: { readonly url: string; readonly page: string };
    readonly submission: { readonly healthPort: number; readonly listeners: readonly { port: number; mode: string }[] };
    readonly inbound: { readonly healthPort: number; readonly listeners: readonly { port: number; mode: string }[] };
  };
}

export class EmbeddedRun {
  readonly home: string;
  readonly #part: Part;
  readonly #output: string[];
  readonly #run: RunFile;

  private constructor(home: string, part: Part, output: string[], run: RunFile) {
    this.home = home;
    this.#part = part;
    this.#output = output;
    this.#run = run;
  }

  static async start(variables: Readonly<Record<string, string>> = {}): Promise<EmbeddedRun> {
    const home = await mkdtemp(join(tmpdir(), 'postern-e2e-'));
    // Bundled and compiled once for all test files, in place of once for each.
    await mkdir(SHARED_BUNDLES, { recursive: true });
    await symlink(SHARED_BUNDLES, join(home, 'build'));
    const ports = Object.fromEntries(PORTS.map((name) => [`POSTERN_${name}_PORT`, '0']));
    const environment = { ...process.env, ...ports, POSTERN_HOME: home, POSTERN_DEMO_PASSWORD: DEMO_PASSWORD };
    const output: string[] = [];
    const keep = (line: string): void => void output.push(line);
    const listeningIn = (line: string) => {
      if (line !== 'postern ready') return undefined;
      keep(line);
      return {};
    };
    const part = new Part({
      name: 'The embedded run',
      command: [join(ROOT, 'local', 'main.ts')],
      environment: { ...environment, ...variables },
      listeningIn,
      onLine: keep,
      onErrorLine: keep,
    });
    try {
      await part.listening;
    } catch (cause) {
      part.kill('SIGKILL');
      throw new Error(`The embedded run is not ready:\n${output.join('\n')}`, { cause });
    }
    const run: RunFile = JSON.parse(await readFile(join(home, 'run.json'), 'utf8'));
    return new EmbeddedRun(home, part, output, run);
  }

  get submissionPort(): number {
    return portOf(this.#run.parts.submission, 'starttls');
  }

  get submissionsPort(): number {
    return portOf(this.#run.parts.submission, 'tls');
  }

  get inboundPort(): number {
    return portOf(this.#run.parts.inbound, 'starttls');
  }

  get dynamodbUrl(): string {
    return this.#run.parts.dynamodb.url;
  }

  get adminUrl(): string {
    return this.#run.parts.admin.url;
  }

  /** The address of the page for people, with its token. */
  get pageUrl(): string {
    return this.#run.parts.admin.page;
  }

  get healthPort(): number {
    return this.#run.parts.inbound.healthPort;
  }

  /** All lines printed so far, of both streams. */
  get output(): readonly string[] {
    return this.#output;
  }

  /** JSON lines of an event name. */
  logged(event: string): Record<string, unknown>[] {
    return this.#output
      .filter((line) => line.startsWith('{'))
      .map((line): Record<string, unknown> => JSON.parse(line))
      .filter((fields) => fields.event === event);
  }

  /** Mail that lies at the internal MTA, or at SES, with `text` in it. */
  async mailWith(text: string, place: 'mta' | 'ses' = 'mta'): Promise<ReceivedMail[]> {
    const directory = join(this.home, 'mail', place);
    const found: ReceivedMail[] = [];
    for (const name of await readdir(directory)) {
      if (!name.endsWith('.eml')) continue;
      const octets = await readFile(join(directory, name));
      if (!octets.includes(text)) continue;
      const { mailFrom, rcptTo } = JSON.parse(await readFile(join(directory, name.replace(/eml$/, 'json')), 'utf8'));
      found.push({ octets, mailFrom, rcptTo });
    }
    return found;
  }

  /** Ends it as Ctrl-C does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#part.kill('SIGINT');
    const { code } = await this.#part.exited;
    await rm(this.home, { recursive: true, force: true });
    return code;
  }
}

function portOf(server: { readonly listeners: readonly { port: number; mode: string }[] }, mode: string): number {
  const listener = server.listeners.find((candidate) => candidate.mode === mode);
  if (listener === undefined) throw new Error(`No listener with ${mode}`);
  return listener.port;
}
