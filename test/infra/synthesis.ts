/** The CDK app run as the CLI runs it, with the context of cdk.json. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CDK_CONTEXT } from '../../infra/test-support/context.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface AppRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs `infra/app.ts`; no credentials, no account. */
export async function runApp(outdir: string, context: object = CDK_CONTEXT): Promise<AppRun> {
  const child = spawn(process.execPath, ['infra/app.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: outdir, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, output };
}

export const STACKS = [
  'PosternPolicy',
  'PosternFunctions',
  'PosternNetwork',
  'PosternServer-submission',
  'PosternServer-inbound',
] as const;

export function templateOf(outdir: string, stack: (typeof STACKS)[number]) {
  return readJson(join(outdir, `${stack}.template.json`));
}

export function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Whether a program is here and answers `--version`, or whatever is asked of it. */
export function isHere(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
