/** The CDK app run as the CLI runs it, with the context of cdk.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CDK_CONTEXT } from '../../infra/test-support/context.ts';
import { runProgram } from '../support/program.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface AppRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs `infra/app.ts`; no credentials, no account. */
export async function runApp(outdir: string, context: object = CDK_CONTEXT): Promise<AppRun> {
  const env = { PATH: process.env.PATH, HOME: outdir, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) };
  const { code, said } = await runProgram([process.execPath, 'infra/app.ts'], { cwd: ROOT, env });
  return { exitCode: code, output: said };
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
