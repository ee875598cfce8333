/** Programs of others: whether they are here, where they may listen, and when they do. */
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../../local/names.ts';
import { BenchError } from '../bench-error.ts';
import type { Program } from '../machine/program.ts';

/** Where system programs lie, in PATH or not. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const START_MS = 30_000;
const POLL_MS = 50;

/** The path of a program; `undefined` when it is not installed. */
export function installed(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** A port that was free a moment ago, for programs that cannot say which one they took. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when `program` takes connections. */
export async function untilListening(program: Program, port: number): Promise<void> {
  for (const untilMs = performance.now() + START_MS; performance.now() < untilMs; await delay(POLL_MS)) {
    program.check();
    if (await isOpen(port)) return;
  }
  throw new BenchError(`${program.name} did not listen within ${START_MS / 1000} s`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const settle = (isUp: boolean): void => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
