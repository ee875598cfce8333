/** A backup of one deployment, restored into another: the command line against the admin API, over HTTP. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../cli/run-cli.ts';
import { AdminBed } from '../../functions/test-support/admin-bed.ts';
import { REFEREES } from '../../functions/test-support/referees.ts';

const VERIFIER = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

interface Deployment {
  readonly bed: AdminBed;
  readonly run: (...words: string[]) => Promise<{ readonly code: number; readonly text: string }>;
}

async function deploy(start: (typeof REFEREES)[number]['start']): Promise<Deployment> {
  const bed = await AdminBed.startOn(start);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
    const answer = await bed.send(request.method ?? '', request.url ?? '', headers, text === '' ? undefined : text);
    response.writeHead(answer.status, answer.headers).end(answer.status === 204 ? '' : JSON.stringify(answer.value));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await bed.stop();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = async (...words: string[]) => {
    let text = '';
    const write = (chunk: unknown, _encoding: unknown, done: () => void): void => {
      text += String(chunk);
      done();
    };
    const sink = (): Writable => new Writable({ write });
    const code = await runCli(words, {
      terminal: { out: sink(), err: sink(), mayColour: false },
      input: Readable.from([]) as unknown as NodeJS.ReadStream,
      environment: { POSTERN_API: url, TZ: 'Etc/GMT' },
      folder: process.cwd(),
      signal: new AbortController().signal,
      sleep: () => Promise.resolve(),
    });
    return { code, text };
  };
  return { bed, run };
}

it.each(REFEREES)('of a deployment makes another one of it, in $name', { timeout: 60_000 }, async ({ start }) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [file, again] = [join(folder, 'one.json'), join(folder, 'two.json')];
  const [one, two] = [await deploy(start), await deploy(start)];
  const settings = { item: 'settings', hostname: 'mx.example.com', defaultNextHop: 'ses' };
  await one.bed.put('policy', { ...settings, server: 'mx' });
  await one.bed.put('policy', { ...settings, server: 'submission', maxRecipients: 7 });
  await one.bed.put('policy', { server: 'mx', item: 'domain#example.com', nextHop: 'smtp://a.internal:25' });
  await one.bed.put('policy', { server: 'mx', item: 'client#203.0.113.0/24', access: 'deny', note: 'x' });
  await one.bed.put('users', {
    user: 'alice',
    verifier: VERIFIER,
    servers: new Set(['submission']),
    limits: { messagesPerDay: 5 },
  });
  await one.bed.put('users', { user: 'bob', enabled: false });

  const saved = await one.run('backup', file);
  const restored = await two.run('restore', file);
  await two.run('backup', again);

  expect(saved).toMatchObject({ code: 0, text: expect.stringContaining('2 servers and 2 users written') });
  expect(restored).toEqual({ code: 0, text: '2 servers and 2 users restored\n' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [first, second] = [file, again].map((each) => JSON.parse(readFileSync(each, 'utf8')));
  expect({ ...second, at: '' }).toEqual({ ...first, at: '' });
  expect(first.users[0]).toMatchObject({ user: 'alice', verifier: VERIFIER, limits: { messagesPerDay: 5 } });

  const refused = await two.run('restore', file);
  const replaced = await two.run('restore', file, '--replace');
  expect(refused.code).toBe(1);
  expect(refused.text).toContain('This deployment has servers (mx, submission) already');
  expect(replaced).toEqual({ code: 0, text: '2 servers and 2 users restored\n' });
});

it('that is none is refused, and nothing is asked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { run } = await deploy(REFEREES[0]?.start ?? (() => Promise.reject(new Error('no DynamoDB'))));

  expect((await run('restore', join(folder, 'absent.json'))).text).toContain('there is no such file');
  expect((await run('restore', join(process.cwd(), 'package.json'))).text).toContain('is no backup');
});
