/** The commands of README.md, pasted into the shells that people have; completion there; and files named from anywhere. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, isInstalled, ROOT, SHELLS } from '../docs/documents.ts';
import { DEMO_PASSWORD, EmbeddedRun } from '../support/embedded-run.ts';

const run = promisify(execFile);
const BLOCKS = blocksOf('README.md').filter(({ language }) => language === 'sh');
/** As a person has them: in zsh, a comment is none. */
const FLAGS: Readonly<Record<string, readonly string[]>> = { zsh: ['-f', '-i', '-c'], dash: ['-c'], bash: ['-c'] };
const TEST_MS = 240_000;

let postern: EmbeddedRun;
let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  postern = await EmbeddedRun.start();
  // A mail file as any editor writes it.
  await writeFile(
    join(postern.home, 'sample.eml'),
    'From: alice@example.com\nTo: bob@example.com\nSubject: hi\n\nHello\n',
  );
  folder = await mkdtemp(join(tmpdir(), 'postern-shells-'));
  await symlink(join(ROOT, 'postern'), join(folder, 'postern'));
  await mkdir(join(folder, 'without-npx'));
  await writeFile(join(folder, 'without-npx', 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  const { POSTERN_API: _api, ...variables } = process.env;
  environment = {
    ...variables,
    POSTERN_HOME: postern.home,
    XDG_STATE_HOME: folder,
    PATH: `${folder}${delimiter}${variables.PATH}`,
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  expect(await postern.stop()).toBe(0);
});

/** With the ports and files of this run in place of those that a person has. */
function here(text: string): string {
  return text
    .replaceAll('127.0.0.1:2587', `127.0.0.1:${postern.submissionPort}`)
    .replaceAll('http://127.0.0.1:8000', postern.dynamodbUrl)
    .replaceAll('.postern/', `${postern.home}/`)
    .replaceAll('PASSWORD', DEMO_PASSWORD);
}

const INSTALLED = SHELLS.filter(isInstalled);

/** What npx does of a command is the same in every shell, and takes a second each time: it is asked in one. */
function environmentIn(shell: string): NodeJS.ProcessEnv {
  if (shell === INSTALLED[0]) return environment;
  return { ...environment, PATH: `${join(folder, 'without-npx')}${delimiter}${environment.PATH}` };
}

describe.each(INSTALLED)('in %s', (shell) => {
  it.each(BLOCKS.filter(({ text }) => isInstalled('aws') || !/^aws /m.test(text)))(
    '$place does what it says',
    {
      timeout: TEST_MS,
    },
    async ({ text }) => {
      // Ends at the first command that fails.
      const script = `set -e\n${here(text)}`;

      const { stdout, stderr } = await run(shell, [...(FLAGS[shell] ?? []), script], {
        cwd: ROOT,
        env: environmentIn(shell),
      });

      expect(stderr).not.toMatch(/postern:|not found|error/i);
      expect(stdout).not.toMatch(/"errors?"/);
    },
  );
});

it('what README changes is in force', { timeout: TEST_MS }, async () => {
  const read = async (path: string) => (await fetch(`${postern.adminUrl}/servers/inbound/${path}`)).json();

  expect(await read('commands/VRFY')).toMatchObject({ allowed: true, maxOctets: 300 });
  expect(await read('domains/example.edu')).toMatchObject(isInstalled('aws') ? { given: { note: 'by hand' } } : {});
});

it('JSON pipes as README writes it', { timeout: TEST_MS }, async () => {
  const { stdout } = await run('npx', ['postern', 'sessions', '--json', '--limit', '1'], {
    cwd: ROOT,
    env: environment,
  });

  expect(JSON.parse(stdout)).toMatchObject({ type: 'session' });
});

describe('a file', () => {
  it.each([
    ['./postern', join(ROOT, 'postern'), []],
    ['npm run postern', 'npm', ['run', '--silent', '--prefix', ROOT, 'postern', '--']],
  ])('is named from the folder where %s is typed', { timeout: TEST_MS }, async (_, program, before) => {
    const file = 'inbound.json';
    const options = { cwd: folder, env: environment };

    const { stderr } = await run(program, [...before, 'export', 'inbound', '--output', file], options);
    const { stdout } = await run(program, [...before, 'import', 'inbound', file, '--dry-run'], options);

    expect(stderr).toContain(`written to ${join(folder, file)}`);
    expect(JSON.parse(await readFile(join(folder, file), 'utf8'))).toMatchObject({ server: 'inbound' });
    expect(stdout).toContain('Nothing would change');
  });
});

describe('completion', () => {
  it.runIf(isInstalled('bash'))('in bash', { timeout: TEST_MS }, async () => {
    const script = `source <(postern completion bash)
complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _postern; printf '%s ' "\${COMPREPLY[@]}"; echo; }
complete_line postern serv
complete_line postern domains ''
complete_line postern domains inbound a
compopt() { echo "compopt $1 $2"; }
complete_line postern servers inbound set maxRec`;

    const { stdout } = await run('bash', ['-c', script], { env: environment });

    expect(stdout.split('\n')).toEqual([
      'servers ',
      'inbound submission ',
      'add ',
      'compopt -o nospace',
      'maxRecipients= ',
      '',
    ]);
  });

  it.runIf(isInstalled('zsh'))('in zsh', { timeout: TEST_MS }, async () => {
    const script = `compdef() { :; }
compadd() { echo "compadd $*"; }
_files() { echo files; }
source <(postern completion zsh)
complete_line() { words=("$@"); CURRENT=$#; _postern; }
complete_line postern domains in
complete_line postern servers inbound set maxRec
complete_line postern import inbound ''`;

    const { stdout } = await run('zsh', ['-f', '-c', script], { env: environment });

    expect(stdout.split('\n')).toEqual([
      'compadd -S  --',
      'compadd -- inbound',
      'compadd -S  -- maxRecipients=',
      'compadd --',
      'files',
      '',
    ]);
  });

  it.runIf(isInstalled('fish'))('in fish', { timeout: TEST_MS }, async () => {
    const script = `postern completion fish | source
complete -C 'postern serv'
complete -C 'postern domains in'
complete -C 'postern commands inbound ST'`;

    const { stdout } = await run('fish', ['--no-config', '-c', script], { env: environment });

    expect(stdout.split('\n')).toEqual(['servers', 'inbound', 'STARTTLS', '']);
  });
});
