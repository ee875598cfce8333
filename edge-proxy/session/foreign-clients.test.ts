/** Programs that speak another protocol, as they are: none brings what it carries to a next hop. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';

const BODY =
  'EHLO x\r\nMAIL FROM:<a@attacker.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n';

let bed: ProxyBed;

beforeEach(async () => {
  bed = await ProxyBed.start();
});
afterEach(async () => {
  await bed.close();
});

async function run(command: string, args: readonly string[]): Promise<void> {
  await new Promise<void>((resolve) => execFile(command, args, { timeout: 10_000 }, () => resolve()));
}

const PROGRAMS: readonly [string, string, () => Promise<unknown>][] = [
  [
    'fetch',
    'HTTP',
    () => fetch(`http://127.0.0.1:${bed.port}/`, { method: 'POST', body: BODY }).catch(() => undefined),
  ],
  [
    'an HTTP client of Node',
    'HTTP',
    async () => {
      const asked = request({ port: bed.port, host: '127.0.0.1', method: 'PUT', headers: { 'X-A': 'b' } });
      asked.end(BODY);
      await once(asked, 'close').catch(() => undefined);
    },
  ],
  [
    'HTTP/2 without TLS',
    'HTTP',
    async () => {
      const session = connectHttp2(`http://127.0.0.1:${bed.port}`);
      session.on('error', () => undefined);
      const asked = session.request({ ':method': 'POST' });
      asked.on('error', () => undefined);
      asked.end(BODY);
      await once(session, 'close').catch(() => undefined);
    },
  ],
  [
    'TLS in the clear',
    'TLS',
    async () => {
      const socket = connectTls({ port: bed.port, host: '127.0.0.1', servername: 'mx.example.com' });
      await once(socket, 'close').catch(() => undefined);
    },
  ],
  [
    'curl, HTTP',
    'HTTP',
    () => run('curl', ['-s', '--http0.9', '--data-binary', BODY, `http://127.0.0.1:${bed.port}/`]),
  ],
  ['curl, dict', 'dict', () => run('curl', ['-s', `dict://127.0.0.1:${bed.port}/d:x`])],
  ['curl, FTP', 'FTP', () => run('curl', ['-s', `ftp://127.0.0.1:${bed.port}/`])],
];

const hasCurl = await new Promise<boolean>((resolve) => execFile('curl', ['--version'], (error) => resolve(!error)));

it.each(PROGRAMS.filter(([name]) => hasCurl || !name.startsWith('curl')))('%s', async (_program, protocol, speak) => {
  await speak();

  await expect.poll(() => bed.eventsOf('session')).toMatchObject([{ ending: 'not-smtp', transactions: 0 }]);
  expect(bed.eventsOf('refusal')).toMatchObject([{ rule: 'not-smtp', verb: protocol }]);
  expect(bed.hops.transactions).toEqual([]);
});
