/** DynamoDBs that must agree on what a conditional write does: dynalite, and moto where it is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Tables } from './tables.ts';

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

const HAS_MOTO = spawnSync('python3', ['-c', 'import moto.server, werkzeug'], { stdio: 'ignore' }).status === 0;

export interface Referee {
  readonly name: string;
  readonly start: () => Promise<Tables>;
}

export const REFEREES: readonly Referee[] = [
  { name: 'dynalite', start: () => Tables.start() },
  ...(HAS_MOTO ? [{ name: 'moto', start: startMoto }] : []),
];

async function startMoto(): Promise<Tables> {
  const child = spawn('python3', ['-c', MOTO], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(String(text).trim()));
    child.once('exit', (code) => reject(new Error(`Moto ended with ${code}`)));
  });
  return Tables.at(endpoint, () => {
    child.stdin.end();
    return exited;
  });
}

/** A DynamoDB that takes every request and never answers. */
export async function startSilent(): Promise<Tables> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Tables.at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
}
