/** `postern` against the embedded run: real processes, the real API, mail by SMTP. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TABLES } from '../../local/names.ts';
import { DEMO_USER, EmbeddedRun } from '../support/embedded-run.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const USER = 'bob@example.com';
const PASSWORD = 'pass wörd';
/** Milliseconds: an edit takes effect within 5 s, an event seen within 2; and the machine may be busy. */
const SOON = { timeout: 30_000, interval: 250 };
const TEST_MS = 120_000;
/** In their order, and so many that whoever breaks off an import of them does so before its end. */
const MANY_DOMAINS = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`d${100 + at}.example`, {}]));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly process: ReturnType<typeof spawn>;
  readonly ended: Promise<Outcome>;
  /** What has been written to standard output, and to standard error. */
  readonly out: () => string;
  readonly err: () => string;
}

let postern: EmbeddedRun;
let directory: string;

beforeAll(async () => {
  postern = await EmbeddedRun.start();
  directory = await mkdtemp(join(tmpdir(), 'postern-cli-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  expect(await postern.stop()).toBe(0);
});

function start(argv: readonly string[], input = ''): Running {
  // The address comes from run.json, as it does for a person who has started the embedded run.
  const { POSTERN_API: _api, ...variables } = process.env;
  const env = { ...variables, POSTERN_HOME: postern.home, XDG_STATE_HOME: directory };
  const child = spawn(process.execPath, [MAIN, ...argv], { env });
  const written = { out: '', err: '' };
  child.stdout.on('data', (octets: Buffer) => {
    written.out += octets.toString();
  });
  child.stderr.on('data', (octets: Buffer) => {
    written.err += octets.toString();
  });
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...written }));
  return { process: child, ended, out: () => written.out, err: () => written.err };
}

function cli(argv: readonly string[], input?: string): Promise<Outcome> {
  return start(argv, input).ended;
}

/** What it wrote; fails where it did not do it. */
async function done(argv: readonly string[], input?: string): Promise<string> {
  const { code, out, err } = await cli(argv, input);
  if (code !== 0) throw new Error(`${argv.join(' ')}: code ${code}\n${out}${err}`);
  return out;
}

async function entries(argv: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const out = await done([...argv, '--json']);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function session(port: number, isTls = false): Promise<SmtpClient> {
  const client = isTls ? await SmtpClient.connectTls(port) : await SmtpClient.connect(port);
  await client.reply();
  await client.command('EHLO client.example');
  return client;
}

async function replyTo(command: string, before: readonly string[] = []): Promise<number> {
  const client = await session(postern.inboundPort);
  for (const line of before) await client.command(line);
  const { code } = await client.command(command);
  client.destroy();
  return code;
}

async function hasDomains(server: string): Promise<boolean> {
  const answer = await fetch(`${postern.adminUrl}/servers/${server}/domains?limit=1`);
  return ((await answer.json()) as { readonly domains: readonly unknown[] }).domains.length > 0;
}

describe('a user', () => {
  it('who is made with a password from standard input sends mail, and the transcript shows AUTH going through', {
    timeout: TEST_MS,
  }, async () => {
    const made = await done(['users', USER, 'create', 'servers=submission', '--stdin'], `${PASSWORD}\n`);
    const client = await session(postern.submissionsPort, true);
    const replies: number[] = [];
    for (const line of [
      `AUTH PLAIN ${base64(`\0${USER}\0${PASSWORD}`)}`,
      `MAIL FROM:<${USER}>`,
      `RCPT TO:<${DEMO_USER}>`,
      'DATA',
      'Subject: by the command line\r\n\r\nhello\r\n.',
      'QUIT',
    ]) {
      replies.push((await client.command(line)).code);
    }
    client.destroy();

    expect(made).toBe(`User ${USER} created\n`);
    expect(replies).toEqual([235, 250, 250, 354, 250, 221]);
    const [ended] = await vi.waitFor(async () => {
      const found = await entries(['sessions', 'submission', '--identity', USER]);
      expect(found).toHaveLength(1);
      return found;
    }, SOON);
    const transcript = await done(['sessions', String(ended?.session)]);
    expect(transcript).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}AUTH PLAIN +\d+ {2}235 2\.7\.0 /m);
    expect(transcript).toMatch(/\(end of message\) +\d+ {2}250 .*next-hop$/m);
    expect(transcript).toMatch(new RegExp(`^user +${USER.replaceAll('.', '\\.')}$`, 'm'));
    expect(transcript).not.toContain(base64(`\0${USER}\0${PASSWORD}`));
  });

  it('gets another password, is shown without either, and is unlocked', { timeout: TEST_MS }, async () => {
    await done(['password', USER, '--stdin'], 'the second horse');
    const client = await session(postern.submissionsPort, true);
    const wrong = await client.command(`AUTH PLAIN ${base64(`\0${USER}\0third`)}`);
    const right = await client.command(`AUTH PLAIN ${base64(`\0${USER}\0the second horse`)}`);
    client.destroy();
    const again = await session(postern.submissionsPort, true);
    await again.command(`AUTH PLAIN ${base64(`\0${USER}\0third`)}`);
    again.destroy();

    expect([wrong.code, right.code]).toEqual([535, 235]);
    expect(await done(['users', USER, 'unlock'])).toBe(`User ${USER}: failed logins from 1 network forgotten\n`);
    const shown = (await done(['users'])) + (await done(['users', USER, '--json']));
    expect(shown).not.toMatch(/second|argon2id|verifier/);
    expect(await cli(['users', USER, 'create', 'servers=submission', '--stdin'], 'another horse')).toMatchObject({
      code: 1,
      err: `postern: User ${USER} exists already; postern users ${USER} set or postern password ${USER} changes it\n`,
    });
    expect(await cli(['users', USER, 'set', 'servers=outbound'])).toMatchObject({
      code: 1,
      err: 'postern: cannot change user bob@example.com: servers: "outbound" is not a published server: inbound, submission are\n',
    });
  });
});

describe('policy', () => {
  it('takes a domain and a command, and gives them up', { timeout: TEST_MS }, async () => {
    const toDomain = () => replyTo('RCPT TO:<x@example.edu>', ['MAIL FROM:<a@b.example>']);
    expect([await toDomain(), await replyTo('VRFY x')]).toEqual([550, 502]);

    await done(['domains', 'inbound', 'add', 'example.edu']);
    await done(['commands', 'inbound', 'vrfy', 'on']);

    await expect.poll(toDomain, SOON).toBe(250);
    await expect.poll(() => replyTo('VRFY x'), SOON).not.toBe(502);
    expect(await done(['domains', 'inbound'])).toMatch(/^example\.edu +smtp:.* settings \(defaultNextHop\)$/m);
    await done(['domains', 'inbound', 'remove', 'example.edu']);
    await done(['commands', 'inbound', 'vrfy', 'reset']);
    await expect.poll(toDomain, SOON).toBe(550);
    await expect.poll(() => replyTo('VRFY x'), SOON).toBe(502);
    const changes = async () =>
      (await entries(['events', 'inbound', '--type', 'policy-changed'])).map(({ item, who }) => `${item} ${who}`);
    await expect
      .poll(changes, SOON)
      .toEqual(expect.arrayContaining([expect.stringMatching(/^domain#example\.edu arn:.*user\/local$/)]));
  });

  it('is exported, explained and replayed in another form before it is saved, and imported to another server', {
    timeout: TEST_MS,
  }, async () => {
    const file = join(directory, 'policy.json');
    await done(['export', 'inbound', '--output', file]);
    const document = JSON.parse(await readFile(file, 'utf8'));
    const changed = join(directory, 'changed.json');
    await writeFile(changed, JSON.stringify({ ...document, domains: { 'example.com': {} } }));
    expect(await replyTo('RCPT TO:<x@example.net>', ['MAIL FROM:<a@b.example>'])).toBe(250);

    const explained = await done(
      ['explain', 'inbound', '--policy', changed],
      'EHLO a\nMAIL FROM:<a@b.example>\nRCPT TO:<x@example.net>\n',
    );
    const differing = await vi.waitFor(async () => {
      const out = await done(['replay', 'inbound', '--policy', changed]);
      expect(out).toContain('RCPT TO:<x@example.net>');
      return out;
    }, SOON);
    const dry = await done(['import', 'copy', file, '--dry-run']);
    const imported = await done(['import', 'copy', file]);

    expect(explained).toMatch(/^RCPT TO:<x@example\.net> +550 5\.7\.1 Relay access denied +relay-domains +\d+$/m);
    expect(differing).toMatch(/^ {4}would {2}550 5\.7\.1 Relay access denied, rule relay-domains$/m);
    expect(dry).toMatch(/^add +settings/m);
    expect(imported).toBe('copy: the policy is what the document says; 5 items applied by this run\n');
    const { server, policyVersion, itemsVersion, ...policy } = document;
    expect({ server, versions: [policyVersion, itemsVersion] }).toEqual({
      server: 'inbound',
      versions: [expect.any(String), expect.any(String)],
    });
    expect(JSON.parse(await done(['export', 'copy']))).toMatchObject({ server: 'copy', ...policy });
    expect(await done(['import', 'copy', file, '--dry-run'])).toContain('Nothing would change');
  });

  it('that is imported and broken off by Ctrl-C is complete after a repetition', { timeout: TEST_MS }, async () => {
    const file = join(directory, 'large.json');
    const settings = { hostname: 'large.postern.test', defaultNextHop: 'ses', authentication: 'none' };
    await writeFile(file, JSON.stringify({ settings, domains: MANY_DOMAINS }));

    await done([
      'servers',
      'large',
      'create',
      'hostname=large.postern.test',
      'defaultNextHop=ses',
      'authentication=none',
    ]);

    const first = start(['import', 'large', file]);
    await vi.waitUntil(() => hasDomains('large'), { timeout: 30_000, interval: 10 });
    first.process.kill('SIGINT');
    const broken = await first.ended;
    const repeated = await cli(['import', 'large', file]);

    expect(broken).toMatchObject({ code: 130, err: expect.stringContaining('repeat the command') });
    expect(repeated).toMatchObject({ code: 0, out: expect.stringContaining('the policy is what the document says') });
    expect((await entries(['domains', 'large'])).map(({ domain }) => domain)).toEqual(Object.keys(MANY_DOMAINS));
  });
});

describe('two operators at once', () => {
  it('never undo each other: who exported before the other changed anything is told so', {
    timeout: TEST_MS,
  }, async () => {
    const [mine, theirs] = [join(directory, 'mine.json'), join(directory, 'theirs.json')];
    await done(['export', 'inbound', '--output', mine]);
    const document = JSON.parse(await readFile(mine, 'utf8'));
    const changed = (maxErrors: number): string =>
      JSON.stringify({ ...document, settings: { ...document.settings, maxErrors } });
    await writeFile(mine, changed(25));
    await writeFile(theirs, changed(26));

    const imports = await Promise.all([cli(['import', 'inbound', mine]), cli(['import', 'inbound', theirs])]);
    await done(['domains', 'inbound', 'add', 'colleague.example']);
    const late = await cli(['import', 'inbound', mine]);
    const forced = await cli(['import', 'inbound', theirs, '--force']);

    expect(imports.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(imports.map(({ err }) => err).join('')).toContain('was changed since the document was exported');
    expect(late).toMatchObject({
      code: 1,
      err: expect.stringContaining('was changed since the document was exported'),
    });
    expect(forced).toMatchObject({ code: 0, err: expect.stringContaining('  domains colleague.example\n') });
    expect(await done(['servers', 'inbound'])).toMatch(/^maxErrors +26 +given$/m);
  });

  it('one of whom exported, was broken off and begins again, goes on', { timeout: TEST_MS }, async () => {
    const file = join(directory, 'bound.json');
    await done([
      'servers',
      'bound',
      'create',
      'hostname=bound.postern.test',
      'defaultNextHop=ses',
      'authentication=none',
    ]);
    const document = JSON.parse(await done(['export', 'bound']));
    await writeFile(file, JSON.stringify({ ...document, domains: MANY_DOMAINS }));

    const first = start(['import', 'bound', file]);
    await vi.waitUntil(() => hasDomains('bound'), { timeout: 30_000, interval: 10 });
    first.process.kill('SIGKILL');
    await first.ended;
    const repeated = await cli(['import', 'bound', file]);

    expect(repeated).toMatchObject({ code: 0, out: expect.stringContaining('the policy is what the document says') });
    expect((await entries(['domains', 'bound'])).map(({ domain }) => domain)).toEqual(Object.keys(MANY_DOMAINS));
    expect(await done(['servers', 'bound', 'remove', '--force'])).toMatch(/^bound removed, 401 items$/m);
    expect(await cli(['servers', 'bound'])).toMatchObject({ code: 1 });
  });
});

describe('sessions --follow', () => {
  it('shows a session when it has ended, and ends by Ctrl-C', { timeout: TEST_MS }, async () => {
    const following = start(['sessions', 'inbound', '--follow', '--json']);
    const helo = 'followed.example';
    await vi.waitUntil(
      async () => {
        // Until it listens, there is nothing to see it by.
        const client = await SmtpClient.connect(postern.inboundPort);
        await client.reply();
        await client.command(`EHLO ${helo}`);
        await client.command('QUIT');
        client.destroy();
        return following.out().includes(helo);
      },
      { timeout: 30_000, interval: 1000 },
    );
    following.process.kill('SIGINT');
    const { code, out } = await following.ended;

    expect(code).toBe(0);
    const ids = out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).session);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('check', () => {
  it('finds what was broken in the table, past the API', { timeout: TEST_MS }, async () => {
    const dynamodb = new DynamoDBClient({
      endpoint: postern.dynamodbUrl,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const put = (table: string, item: object) =>
      dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
    expect(await cli(['check', 'inbound'])).toMatchObject({ code: 0 });

    await put(TABLES.policy, { server: 'inbound', item: 'command#NOOP', maxOctets: '5OO' });
    await put(TABLES.policy, { server: 'inbound', item: 'Domain#example.org' });
    await put(TABLES.policy, { server: 'orphan', item: 'domain#example.org' });
    await put(TABLES.users, { user: 'lost@example.com', servers: new Set(['outbound']) });
    dynamodb.destroy();
    const { code, out } = await cli(['check']);

    expect(code).toBe(1);
    expect(out).toMatch(/^error +inbound +command#NOOP +maxOctets: "5OO" is not a number; 6 to 65536 are allowed$/m);
    expect(out).toMatch(
      /^error +inbound +Domain#example\.org +"Domain#example\.org" must be written domain#example\.org$/m,
    );
    expect(out).toMatch(/^error +orphan +settings +are missing: the other items have no effect$/m);
    expect(out).toMatch(/^warning +\* +user#lost@example\.com +can log in nowhere$/m);
    expect(out).toMatch(/^warning +\* +user#lost@example\.com +has no senders: every MAIL is refused$/m);
  });
});

it('says where to look when no embedded run is there', async () => {
  const child = spawn(process.execPath, [MAIN, 'servers'], {
    env: { ...process.env, POSTERN_API: 'http://127.0.0.1:1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (octets: Buffer) => {
    err += octets.toString();
  });
  const [code] = await once(child, 'close');

  expect(code).toBe(1);
  expect(err).toMatch(/^postern: No admin API answers at http:\/\/127\.0\.0\.1:1 .*npm start/);
});
