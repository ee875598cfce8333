/**
 * The admin API as people have it: over HTTP, by the real bundle, on the embedded run. The examples of docs/admin-api.md
 * are run as they stand, and answer as they say.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const run = promisify(execFile);
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/admin-api.md'), 'utf8');
/** Sections whose examples need a history of their own; transcript.test.ts and explain-examples.test.ts run them. */
const ELSEWHERE = ['Users', 'Events and sessions', 'Explain and replay'];

interface Example {
  readonly title: string;
  readonly command: string;
  /** What the answer holds, among other things. */
  readonly answer: unknown;
}

const EXAMPLES = DOCUMENT.split(/^(?=## )/m).flatMap((section): Example[] => {
  const title = /^## (.*)/.exec(section)?.[1] ?? 'Introduction';
  return [...section.matchAll(/```sh\n(.*?)```\n\n```json\n(.*?)```/gs)].map(([, command = '', answer = 'null']) => {
    return { title, command, answer: JSON.parse(answer) };
  });
});

/** A change is told of after the fact, by the stream of the table. */
const SOON = { timeout: 30_000, interval: 100 };

let postern: EmbeddedRun;
beforeAll(async () => {
  postern = await EmbeddedRun.start();
});
afterAll(async () => {
  expect(await postern.stop()).toBe(0);
});

interface Answered {
  readonly status: number;
  readonly etag: string;
  readonly value: Readonly<Record<string, unknown>>;
}

async function ask(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = { 'content-type': 'application/json' };
  const answer = await fetch(`${postern.adminUrl}${path}`, { method, ...json, headers: { ...type, ...headers } });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get('etag') ?? '', value: JSON.parse(text || '{}') };
}

describe('an example of docs/admin-api.md', () => {
  it('stands for every resource', () => {
    const paths = EXAMPLES.map(({ command }) => command).join('\n');

    for (const name of ['/servers', '/commands/', '/domains/', '/clients/', '/senders/', '/issuers/', '/policy']) {
      expect(paths).toContain(name);
    }
    expect(EXAMPLES.map(({ title }) => title)).toEqual(expect.arrayContaining(ELSEWHERE));
  });

  it.runIf(hasCurl()).each(EXAMPLES.filter(({ title }) => !ELSEWHERE.includes(title)))(
    'answers as it says: $title, $command',
    async ({ command, answer }) => {
      const { stdout } = await run('sh', ['-c', command.replaceAll('http://127.0.0.1:8080', postern.adminUrl)]);

      const said: unknown = JSON.parse(stdout);
      if (typeof answer === 'object') expect(said).toMatchObject(unordered(answer));
      else expect(said).toBe(answer);
    },
  );
});

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Servers come in no order that means anything; a list of them is that of the answer in some order. */
function unordered(answer: unknown): object {
  const { servers } = answer as { readonly servers?: readonly object[] };
  if (servers === undefined) return answer as object;
  return { servers: expect.arrayContaining(servers.map((each): unknown => expect.objectContaining(each))) };
}

describe('the admin API', () => {
  it('changes what a standing server says, and goes back', async () => {
    await ask('PUT', '/servers/inbound/commands/NOOP', { maxOctets: 10 });
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');
    const says = async (line: string, code: number) => {
      await vi.waitUntil(async () => (await client.command(line)).code === code, { timeout: 10_000, interval: 500 });
    };

    await says('NOOP 0123456789', 500);
    expect((await ask('DELETE', '/servers/inbound/commands/noop')).status).toBe(204);
    await says('NOOP 0123456789', 250);
    client.destroy();
  });

  it('lets one of two editors win, and the other hear 412', async () => {
    const { etag } = await ask('GET', '/servers/submission');
    const patch = (maxErrors: number) => ask('PATCH', '/servers/submission', { maxErrors }, { 'if-match': etag });

    const answers = await Promise.all([patch(30), patch(31)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('keeps every change as an event', async () => {
    await ask('PUT', '/servers/inbound/senders/eve@example.org', { access: 'deny' });

    const newest = async () =>
      (await ask('GET', '/events?server=inbound&type=policy-changed&limit=1')).value.events as readonly object[];
    await expect.poll(newest, SOON).toMatchObject([
      {
        item: 'sender#eve@example.org',
        action: 'made',
        who: 'arn:aws:iam::000000000000:user/local',
        after: { access: 'deny' },
      },
    ]);

    await ask('DELETE', '/servers/inbound/senders/eve@example.org');

    await expect.poll(newest, SOON).toMatchObject([{ item: 'sender#eve@example.org', action: 'deleted' }]);
  });

  it('answers no one by another name, no page of another origin, and reads nothing but JSON', async () => {
    const { port } = new URL(postern.adminUrl);
    const statusFor = (headers: Readonly<Record<string, string>>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/servers', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });

    expect(await statusFor({ host: 'attacker.example' })).toBe(421);
    expect(await statusFor({ host: `127.0.0.1:${port}`, origin: 'http://attacker.example' })).toBe(403);
    expect(await statusFor({ host: `localhost:${port}` })).toBe(200);
    const form = {
      method: 'PUT',
      body: 'access=deny',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    expect((await fetch(`${postern.adminUrl}/servers/inbound/clients/192.0.2.1`, form)).status).toBe(415);
  });
});

describe('10,000 relay domains', () => {
  it('are imported as one document, listed by pages, and decided', { timeout: 300_000 }, async () => {
    const { value: document } = await ask('GET', '/servers/inbound/policy');
    const names = Array.from({ length: 10_000 }, (_, index) => `d${String(index).padStart(5, '0')}.example`);
    const domains = { ...(document.domains as object), ...Object.fromEntries(names.map((name) => [name, {}])) };

    const applied: string[] = [];
    let versions = {};
    for (let done = false; !done; ) {
      const { status, value } = await ask('PUT', '/servers/inbound/policy', { ...document, ...versions, domains });
      expect([200, 202], JSON.stringify(value).slice(0, 300)).toContain(status);
      applied.push(...(value.applied as { readonly put: readonly string[] }).put);
      done = value.done === true;
      const { policyVersion, itemsVersion } = value;
      versions = { policyVersion, itemsVersion };
    }
    const listed: string[] = [];
    let next = '';
    do {
      const { value } = await ask('GET', `/servers/inbound/domains?limit=1000${next}`);
      listed.push(...(value.domains as { readonly domain: string }[]).map(({ domain }) => domain));
      next = value.next === undefined ? '' : `&next=${String(value.next)}`;
    } while (next !== '');

    expect(new Set(applied).size).toBe(10_000);
    expect(new Set(listed)).toEqual(new Set(Object.keys(domains)));
    expect(listed).toHaveLength(Object.keys(domains).length);
    const client = await SmtpClient.connect(postern.inboundPort);
    await client.reply();
    await client.command('EHLO client.test');
    await client.command('MAIL FROM:<carol@example.org>');
    expect((await client.command('RCPT TO:<bob@d07777.example>')).code).toBe(250);
    expect((await client.command('RCPT TO:<bob@d10000.example>')).lines).toEqual(['550 5.7.1 Relay access denied']);
    client.destroy();
  });
});
