/** The command line in a real terminal, by tmux: widths, colours, questions, the password prompt. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isInstalled, ROOT } from '../docs/documents.ts';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const SOON = { timeout: 60_000, interval: 250 };
const TEST_MS = 180_000;
const RED = '\x1b[31m';

let postern: EmbeddedRun;
let folder: string;

/** A shell in a terminal of its own. */
class Terminal {
  readonly #socket: string;
  #runs = 0;

  constructor(columns: number) {
    this.#socket = join(folder, `tmux-${columns}-${Math.trunc(performance.now())}`);
    const size = ['-x', String(columns), '-y', '60'];
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      ...size,
      'env',
      'PS1=ready> ',
      'TZ=Europe/Berlin',
      'bash',
      '--norc',
    );
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
    this.#tmux('send-keys', 'Enter');
  }

  key(name: string): void {
    this.#tmux('send-keys', name);
  }

  /** What the screen shows; with escape sequences where styles are wanted. */
  screen(hasStyles = false): string {
    return this.#tmux('capture-pane', '-p', ...(hasStyles ? ['-e'] : [])).trimEnd();
  }

  /** Types a command and gives what the screen shows when the shell is ready again. */
  async run(command: string, hasStyles = false): Promise<string> {
    this.#runs += 1;
    // What the shell shows of the line that was typed has no number after the word.
    this.type(`clear; ${command}; echo end-${this.#runs} $?`);
    const end = new RegExp(`^end-${this.#runs} \\d+$`, 'm');
    await vi.waitUntil(() => end.test(this.screen()), SOON);
    return this.screen(hasStyles);
  }

  end(): void {
    this.#tmux('kill-server');
  }

  #tmux(...argv: string[]): string {
    const { POSTERN_API: _api, TMUX: _tmux, NO_COLOR: _colour, ...variables } = process.env;
    const env = { ...variables, POSTERN_HOME: postern.home, XDG_STATE_HOME: folder, TERM: 'xterm-256color' };
    return execFileSync('tmux', ['-S', this.#socket, ...argv], { encoding: 'utf8', env });
  }
}

async function sendMail(): Promise<void> {
  const client = await SmtpClient.connect(postern.inboundPort);
  await client.reply();
  const lines = [
    'EHLO client.example',
    'MAIL FROM:<carol@example.org>',
    'RCPT TO:<dora@gmail.com>',
    'RCPT TO:<bob@example.com>',
    'DATA',
    'Subject: x\r\n\r\nhi\r\n.',
    'QUIT',
  ];
  for (const line of lines) await client.command(line);
  client.destroy();
}

describe.runIf(isInstalled('tmux'))('in a terminal', () => {
  beforeAll(async () => {
    postern = await EmbeddedRun.start();
    folder = await mkdtemp(join(tmpdir(), 'postern-terminal-'));
    await sendMail();
    await vi.waitFor(async () => {
      const answer = await fetch(`${postern.adminUrl}/events?type=session`);
      expect(((await answer.json()) as { readonly events: readonly unknown[] }).events).toHaveLength(1);
    }, SOON);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    expect(await postern.stop()).toBe(0);
  });

  it.each([80, 200])(
    'of %i columns shows what became of each recipient, in local time',
    { timeout: TEST_MS },
    async (columns) => {
      const terminal = new Terminal(columns);
      const screen = await terminal.run(`${ROOT}/postern events inbound`);
      const colours = await terminal.run(`${ROOT}/postern events inbound`, true);
      const plain = await terminal.run(`NO_COLOR=1 ${ROOT}/postern events inbound`, true);
      terminal.end();

      const rows = screen.split('\n');
      const row = rows.find((line) => line.includes('accepted for')) ?? '';
      const heading = rows.find((line) => line.startsWith('TIME')) ?? '';
      // What happened has more room than any other column.
      const news = row.length - heading.indexOf('WHAT');
      expect(news).toBeGreaterThan(columns / 2 - 10);
      expect(row).toMatch(/^\d\d:\d\d:\d\d /);
      expect(row).toContain('accepted for bob@example.com; refused dora@g');
      expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(columns);
      if (columns === 80) expect(screen).toContain('Not shown on 80 columns: ');
      else expect(screen).toContain('SERVER');
      expect(colours).toContain(`${RED}RCPT`);
      expect(plain).not.toContain(RED);
    },
  );

  it('asks before everybody may relay, and takes no for an answer', { timeout: TEST_MS }, async () => {
    const terminal = new Terminal(120);
    terminal.type(`clear; ${ROOT}/postern clients submission relay 0.0.0.0/0; echo code $?`);
    await vi.waitUntil(() => terminal.screen().endsWith('Go on? [y/N]'), SOON);
    terminal.type('n');
    await vi.waitUntil(() => terminal.screen().includes('code 1'), SOON);
    const screen = terminal.screen();
    const listed = await terminal.run(`${ROOT}/postern clients submission`);
    terminal.end();

    expect(screen).toContain('open relay');
    expect(screen).toContain('postern: Nothing was changed');
    expect(listed).toContain('submission has no clients.');
  });

  it('asks for a password twice and shows it never, whatever keys edit it', { timeout: TEST_MS }, async () => {
    const terminal = new Terminal(120);
    terminal.type(`clear; ${ROOT}/postern users eve@example.com create servers=submission; echo code $?`);
    for (const question of ['Password:', 'Password again:']) {
      await vi.waitUntil(() => terminal.screen().endsWith(question), SOON);
      terminal.key('Left');
      terminal.type('sehr geheim 1');
    }
    await vi.waitUntil(() => /code \d+/.test(terminal.screen()), SOON);
    const screen = terminal.screen();
    terminal.type(`clear; ${ROOT}/postern password eve@example.com; echo code $?`);
    await vi.waitUntil(() => terminal.screen().endsWith('Password:'), SOON);
    terminal.key('C-c');
    await vi.waitUntil(() => /code \d+/.test(terminal.screen()), SOON);
    const broken = terminal.screen();
    terminal.end();

    expect(screen).toContain('User eve@example.com created\ncode 0');
    expect(screen).not.toContain('geheim');
    expect(broken).toContain('postern: No password was given\ncode 1');
  });
});
