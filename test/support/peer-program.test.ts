/** What a test is told when a program of another make does not serve, and that it is rid of it in any case. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { until } from './cloud-wait.ts';
import { freePort } from './free-port.ts';
import { isAlive } from './is-alive.ts';
import { PeerProgram } from './peer-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-peer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(script: string, ...args: readonly (string | number)[]): readonly string[] {
  return [process.execPath, '-e', script, ...args.map(String)];
}

const GREETS = `require('net').createServer((socket) => socket.end('220 here\\r\\n')).listen(process.argv[1], '127.0.0.1');`;

it('one that ends before it serves is told of with how it ended and the last of its log', async () => {
  const log = join(folder, 'log');
  writeFileSync(log, 'bind: address in use\n');
  const release = () => rmSync(log);
  const command = node("console.error('no'); process.exit(3)");
  const spec = { name: 'Peer', command, ports: [await freePort()], log, release };

  await expect(PeerProgram.start(spec)).rejects.toThrow(
    /Peer ended unexpectedly: exit code 3.*no\nbind: address in use/s,
  );
  expect(existsSync(log)).toBe(false);
});

it('one that cannot be started is told of', async () => {
  const spec = { name: 'Peer', command: [join(folder, 'nothing')], ports: [await freePort()] };

  await expect(PeerProgram.start(spec)).rejects.toThrow(/ENOENT/);
});

it('one that ended by itself is stopped at once', async () => {
  const port = await freePort();
  const peer = await PeerProgram.start({ name: 'Peer', command: node(GREETS, port), ports: [port], greets: true });
  process.kill(peer.pid, 'SIGKILL');
  await until('it has ended', () => !isAlive(peer.pid));

  await peer.stop();
});

it('one that serves is ended', async () => {
  const port = await freePort();
  const peer = await PeerProgram.start({ name: 'Peer', command: node(GREETS, port), ports: [port], greets: true });

  await peer.stop();

  expect(isAlive(peer.pid)).toBe(false);
});
