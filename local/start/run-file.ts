/** `run.json`: the real addresses and process ids of the run on a state directory, there while it is ready. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Listener } from './part.ts';

export interface EndpointAddress {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
}

export interface PublishedAddress {
  readonly pid: number;
  readonly healthPort: number;
  readonly listeners: readonly Listener[];
}

export interface RunFile {
  readonly pid: number;
  readonly parts: {
    readonly dynamodb: EndpointAddress;
    readonly lambda: EndpointAddress;
    readonly ses: EndpointAddress;
    /** Where the content of held mail is kept. */
    readonly s3: EndpointAddress;
    /** The admin API; `page` is the address of the page for people, with its token. */
    readonly admin: EndpointAddress & { readonly page: string };
    /** Without process id and port where `POSTERN_MTA_URL` names another. */
    readonly mta: { readonly url: string; readonly pid?: number; readonly port?: number };
    readonly submission: PublishedAddress;
    readonly inbound: PublishedAddress;
    /** What stands for the stream of the policy table. */
    readonly policyStream: { readonly pid: number };
  };
}

function pathOf(home: string): string {
  return join(home, 'run.json');
}

export function writeRunFile(home: string, run: RunFile): void {
  const draft = `${pathOf(home)}.tmp`;
  writeFileSync(draft, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, pathOf(home));
}

export function removeRunFile(home: string): void {
  rmSync(pathOf(home), { force: true });
}
