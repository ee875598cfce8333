/** Mail parsers that others wrote: the names of files and the octets that each sees in a message. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Splitter } from '@zone-eu/mailsplit';
import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';

export interface Sight {
  readonly names: readonly string[];
  readonly payloads: readonly Buffer[];
}

export interface Referee {
  readonly name: string;
  /** Whether it is on this machine. */
  readonly isThere: () => boolean;
  /** What it sees in each message; nothing where it fails. */
  readonly look: (messages: readonly Buffer[]) => Promise<readonly Sight[]>;
}

/** What mailsplit gives out, as far as it is looked at. */
interface SplitData {
  readonly type: string;
  readonly encoding?: unknown;
  readonly filename?: unknown;
  readonly value?: Buffer;
}

const NOTHING: Sight = { names: [], payloads: [] };

function each(see: (message: Buffer) => Promise<Sight>): Referee['look'] {
  return async (messages) => {
    const sights: Sight[] = [];
    // A parser that throws on a message sees nothing in it.
    for (const message of messages) sights.push(await see(message).catch(() => NOTHING));
    return sights;
  };
}

function hasProgram(program: string, ...args: readonly string[]): () => boolean {
  return () => {
    try {
      execFileSync(program, args, { stdio: 'ignore' });
      return true;
    } catch (error) {
      return error instanceof Error && 'status' in error && error.status !== null;
    }
  };
}

async function seeByMailparser(message: Buffer): Promise<Sight> {
  const { attachments, text, html } = await simpleParser(message, { skipTextToHtml: true });
  const texts = [text, html === false ? undefined : html].filter((body) => body !== undefined);
  return {
    names: attachments.map(({ filename }) => filename ?? ''),
    payloads: [...attachments.map(({ content }) => content), ...texts.map((body) => Buffer.from(body, 'latin1'))],
  };
}

async function seeByPostalMime(message: Buffer): Promise<Sight> {
  const { attachments, text, html } = await PostalMime.parse(message, { attachmentEncoding: 'arraybuffer' });
  const texts = [text, html].filter((body) => body !== undefined);
  return {
    names: attachments.map(({ filename }) => filename ?? ''),
    payloads: [
      ...attachments.map(({ content }) =>
        typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content)),
      ),
      ...texts.map((body) => Buffer.from(body, 'latin1')),
    ],
  };
}

async function seeByMailsplit(message: Buffer): Promise<Sight> {
  const names: string[] = [];
  const bodies: { readonly encoding: string; readonly octets: Buffer[] }[] = [];
  const splitter = new Splitter();
  splitter.end(message);
  for await (const chunk of splitter) {
    const data = chunk as SplitData;
    if (data.type === 'node') {
      if (typeof data.filename === 'string') names.push(data.filename);
      bodies.push({ encoding: String(data.encoding).toLowerCase(), octets: [] });
    }
    if (data.type === 'body' && data.value !== undefined) bodies.at(-1)?.octets.push(data.value);
  }
  const payloads = bodies.map(({ encoding, octets }) => {
    const body = Buffer.concat(octets);
    return encoding === 'base64' ? Buffer.from(body.toString('latin1'), 'base64') : body;
  });
  return { names, payloads };
}

/** Runs something in a folder of its own, which is gone afterwards. */
function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'postern-mime-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lookByPython(messages: readonly Buffer[]): Promise<readonly Sight[]> {
  return inFolder((folder) => {
    for (const [index, message] of messages.entries())
      writeFileSync(join(folder, String(index).padStart(6, '0')), message);
    const script = join(import.meta.dirname, 'python-referee.py');
    const lines = execFileSync('python3', [script, folder], { maxBuffer: 1_000_000_000 })
      .toString('utf8')
      .trim()
      .split('\n');
    return lines.map((line) => {
      const { names, payloads } = JSON.parse(line) as { names: string[]; payloads: string[] };
      return { names, payloads: payloads.map((payload) => Buffer.from(payload, 'base64')) };
    });
  });
}

/** A program that writes the parts of a message into a folder; one shell runs it over all, since a start costs most. */
function byUnpacking(command: string): Referee['look'] {
  return async (messages) =>
    inFolder((folder) => {
      for (const [index, message] of messages.entries()) {
        writeFileSync(join(folder, `${index}.eml`), message);
        mkdirSync(join(folder, String(index)));
      }
      // What it wrote before it failed, it saw.
      const script = `for file in *.eml; do out="\${file%.eml}"; timeout 10 ${command} >/dev/null 2>&1 </dev/null; done`;
      execFileSync('sh', ['-c', `${script}; true`], { cwd: folder, stdio: 'ignore' });
      return messages.map((_message, index) => {
        const out = Buffer.from(`${join(folder, String(index))}/`);
        // As octets: not all of these names are text.
        const names = readdirSync(out, { encoding: 'buffer' });
        const files = names.filter((name) => statSync(Buffer.concat([out, name])).isFile());
        return {
          names: files.map((name) => name.toString('latin1')),
          payloads: files.map((name) => readFileSync(Buffer.concat([out, name]))),
        };
      });
    });
}

export const REFEREES: readonly Referee[] = [
  { name: 'mailparser', isThere: () => true, look: each(seeByMailparser) },
  { name: 'postal-mime', isThere: () => true, look: each(seeByPostalMime) },
  { name: 'mailsplit', isThere: () => true, look: each(seeByMailsplit) },
  { name: 'Python', isThere: hasProgram('python3', '-c', 'import email'), look: lookByPython },
  {
    name: 'munpack',
    isThere: hasProgram('munpack', '-?'),
    look: byUnpacking('munpack -q -f -t -C "$out" "../$file"'),
  },
  {
    name: 'ripmime',
    isThere: hasProgram('ripmime', '-V'),
    look: byUnpacking('ripmime -i "$file" -d "$out"'),
  },
];
