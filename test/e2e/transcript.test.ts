/**
 * What a person sees of users and sessions by the admin API: real proxy, real bundles, real HTTP. The examples of
 * docs/admin-api.md, sections "Users" and "Events and sessions", are run as they stand, and answer as they say.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO_PASSWORD, DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

/** The change of a user is told of after the fact, by the stream of the table. */
const SOON = { timeout: 30_000, interval: 100 };

interface Told {
  readonly session: string;
  readonly identity?: string;
  readonly ending?: string;
  readonly startedAt: string;
  readonly commands: readonly { verb: string; line?: string; reply: number; rule?: string; transaction?: string }[];
  readonly events: readonly Record<string, unknown>[];
}

const run = promisify(execFile);
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/admin-api.md'), 'utf8');

/** Commands of a section, each with what its answer holds, among other things. */
function examplesOf(title: string): readonly { readonly command: string; readonly answer: unknown }[] {
  const section = DOCUMENT.split(/^(?=## )/m).find((text) => text.startsWith(`## ${title}\n`)) ?? '';
  return [...section.matchAll(/```sh\n([^`]*)```\n\n```json\n([^`]*)```/g)].map(([, command = '', answer = 'null']) => {
    return { command, answer: JSON.parse(answer) as unknown };
  });
}
const USER_EXAMPLES = examplesOf('Users');
const EVENT_EXAMPLES = examplesOf('Events and sessions');

let postern: EmbeddedRun;
beforeAll(async () => {
  postern = await EmbeddedRun.start();
});
afterAll(async () => {
  await postern.stop();
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(`${postern.adminUrl}${path}`, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Waits until the proxy has delivered what `isThere` wants to see: within a second or two. */
function told(path: string, isThere: (transcript: Told) => boolean): Promise<Told> {
  return vi.waitFor(
    async () => {
      const transcript = await ask<Told>(path);
      if (!isThere(transcript)) throw new Error(`Not there yet: ${JSON.stringify(transcript)}`);
      return transcript;
    },
    { timeout: 15_000, interval: 100 },
  );
}

async function sessionOf(username: string, verdict: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { events } = await ask<Told>(`/events?type=login&identity=${encodeURIComponent(username)}`);
      const event = events.find((each) => each.verdict === verdict);
      if (event === undefined) throw new Error(`No login with ${verdict}`);
      return String(event.session);
    },
    { timeout: 15_000, interval: 100 },
  );
}

function linesOf({ commands }: Told): string[] {
  return commands.map(({ verb, line, reply }) => `${line ?? `(${verb})`} ${reply}`);
}

describe('GET /sessions/{session}', () => {
  it('shows that AUTH went through, and the message after it, and nothing secret', async () => {
    const client = await SmtpClient.connectTls(postern.submissionsPort);
    await client.reply();
    await client.command('EHLO laptop');
    await client.command('AUTH LOGIN');
    await client.command(base64(DEMO_USER));
    await client.command(base64(DEMO_PASSWORD));
    await client.command(`MAIL FROM:<${DEMO_USER}>`);
    await client.command('RCPT TO:<bob@example.com>');
    await client.command('DATA');
    await client.command('Hello\r\n.');
    await client.command('VRFY bob');
    await client.command('QUIT');
    client.destroy();
    const session = await sessionOf(DEMO_USER, 'permit');

    const transcript = await told(`/sessions/${session}`, ({ ending }) => ending !== undefined);

    expect(linesOf(transcript)).toEqual([
      'EHLO laptop 250',
      'AUTH LOGIN 334',
      '(AUTH) 334',
      '(AUTH) 235',
      `MAIL FROM:<${DEMO_USER}> 250`,
      'RCPT TO:<bob@example.com> 250',
      'DATA 354',
      '. 250',
      'VRFY bob 502',
      'QUIT 221',
    ]);
    expect(transcript).toMatchObject({ session, identity: DEMO_USER, ending: 'QUIT', server: 'submission' });
    expect(transcript.events).toMatchObject([
      { type: 'login', mechanism: 'LOGIN', username: DEMO_USER, verdict: 'permit' },
      { type: 'transaction', verdict: 'accepted', rule: 'next-hop' },
      { type: 'refusal', rule: 'command#VRFY' },
      { type: 'session' },
    ]);
    expect(transcript.commands.at(-2)).toMatchObject({ verb: 'VRFY', rule: 'command#VRFY' });
    const secrets = [DEMO_PASSWORD, base64(DEMO_PASSWORD), base64(`\0${DEMO_USER}\0${DEMO_PASSWORD}`)];
    expect(secrets.filter((secret) => JSON.stringify(transcript).includes(secret))).toEqual([]);
  });
});

async function answerTo(command: string): Promise<unknown> {
  const { stdout } = await run('sh', ['-c', command.replaceAll('http://127.0.0.1:8080', postern.adminUrl)]);
  return JSON.parse(stdout);
}

describe('an example of docs/admin-api.md', () => {
  it('is there', () => {
    expect(USER_EXAMPLES).toHaveLength(8);
    expect(EVENT_EXAMPLES).toHaveLength(3);
  });

  // Those of events tell of the session above.
  it.each([...EVENT_EXAMPLES, ...USER_EXAMPLES])('answers as it says: $command', async ({ command, answer }) => {
    const heard = await answerTo(command);

    expect({ heard }).toMatchObject({ heard: answer });
  });
});

describe('users', () => {
  it('who was made, given another password and deleted by the API logs in accordingly', async () => {
    const body = (value: object): RequestInit => {
      return { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
    };
    const login = async (password: string): Promise<number> => {
      const client = await SmtpClient.connectTls(postern.submissionsPort);
      await client.reply();
      await client.command('EHLO client.example');
      const { code } = await client.command(`AUTH PLAIN ${base64(`\0team/élise\0${password}`)}`);
      client.destroy();
      return code;
    };
    const path = '/users/team%2F%C3%89lise';

    expect(await login('the first horse')).toBe(535);
    await ask(path, body({ password: 'the first horse', servers: ['submission'] }));
    expect(await login('the first horse')).toBe(235);
    await fetch(`${postern.adminUrl}${path}/password`, body({ password: 'the second horse' }));
    expect(await login('the second horse')).toBe(235);
    await fetch(`${postern.adminUrl}${path}`, { method: 'DELETE' });

    // A proxy may remember the last password for a minute; of one it has not seen it asks.
    expect(await login('third')).toBe(535);
    const actions = async () => {
      const { events } = await ask<Told>('/events?type=policy-changed&server=*');
      expect(JSON.stringify(events)).not.toMatch(/argon2id|second/);
      return events.filter(({ item }) => item === 'user#team/élise').map(({ action }) => action);
    };
    await expect.poll(actions, SOON).toEqual(['deleted', 'password', 'made']);
  });
});
