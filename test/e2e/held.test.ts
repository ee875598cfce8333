/** Mail that a rule holds, from the session that is answered 250 to the internal MTA, by the command line alone. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type Mta, startMta } from '../../local/mta/server.ts';
import { EmbeddedRun } from '../support/embedded-run.ts';
import { type ProgramEnd, runProgram } from '../support/program.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
/** Milliseconds: a task looks every 5 s, tries a hop that was down again after half a minute; the machine may be busy. */
const SOON = { timeout: 90_000, interval: 250 };
const TEST_MS = 240_000;

let mta: Mta;
let directory: string;
let postern: EmbeddedRun;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'postern-held-e2e-'));
  mta = await startMta({ port: 0, directory });
  postern = await EmbeddedRun.start({ POSTERN_MTA_URL: `smtp://127.0.0.1:${mta.port}` });
});

afterEach(() => {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
});

afterAll(async () => {
  expect(await postern.stop()).toBe(0);
  await mta.close();
  rmSync(directory, { recursive: true, force: true });
});

function cli(...argv: readonly string[]): Promise<ProgramEnd> {
  const { POSTERN_API: _api, ...variables } = process.env;
  const env = { ...variables, POSTERN_HOME: postern.home, XDG_STATE_HOME: postern.home };
  return runProgram([process.execPath, MAIN, ...argv], { env });
}

async function shown(id: string): Promise<Record<string, unknown>> {
  const { code, out, err } = await cli('held', 'inbound', 'show', id, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out.toString());
}

/** A message with two boundaries, lines that begin with dots, and octets of every kind that 8BITMIME has. */
function riddle(token: string): Buffer {
  const octets = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet)).filter(
    (octet) => octet !== 0 && octet !== 10 && octet !== 13,
  );
  return Buffer.concat([
    Buffer.from(
      `Subject: ${token}\r\nContent-Type: multipart/mixed; boundary=one; boundary=two\r\n\r\n--one\r\n\r\n.\r\n`,
    ),
    Buffer.from('..dots\r\n'),
    octets,
    Buffer.from('\r\n--one--\r\n--two\r\n\r\nb\r\n--two--\r\n'),
  ]);
}

/** Has a message held; the id that the client heard. */
async function held(message: Buffer, ...recipients: readonly string[]): Promise<string> {
  const client = await SmtpClient.connect(postern.inboundPort);
  await client.reply();
  await client.command('EHLO client.example');
  await client.command('MAIL FROM:<mallory@example.org> BODY=8BITMIME');
  for (const recipient of recipients) await client.command(`RCPT TO:<${recipient}>`);
  await client.command('DATA');
  client.write(Buffer.from(message.toString('latin1').replace(/^\./gm, '..'), 'latin1'));
  const { lines } = await client.command('.');
  client.destroy();
  const [, id] = /^250 2\.0\.0 OK (\S+)$/.exec(lines[0] ?? '') ?? [];
  if (id === undefined) throw new Error(`The message was not held: ${lines[0]}`);
  return id;
}

interface Arrived {
  readonly octets: Buffer;
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
}

function arrivedWith(token: string): Arrived[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({
      ...JSON.parse(readFileSync(join(directory, name), 'utf8')),
      octets: readFileSync(join(directory, name.replace(/json$/, 'eml'))),
    }))
    .filter(({ octets }) => octets.includes(token));
}

it('is listed, read octet for octet, released once, and arrives as it was', { timeout: TEST_MS }, async () => {
  const message = riddle('released');
  const id = await held(message, 'bob@example.com', 'eve@example.net');

  const list = await cli('held', 'inbound', '--sender', '@example.org');
  const content = await cli('held', 'inbound', 'content', id);
  const item = await shown(id);
  const release = await cli('held', 'inbound', 'release', id, '--to', 'bob@example.com');
  const again = await cli('held', 'inbound', 'release', id);
  await vi.waitFor(async () => expect((await shown(id)).state).toBe('released'), SOON);

  expect(list.out.toString()).toContain(id);
  expect(item).toMatchObject({ state: 'held', rule: 'screen#200-unreadable', octets: content.out.length });
  expect(createHash('sha256').update(content.out).digest('hex')).toBe(item.sha256);
  const afterReceived = content.out.indexOf('\r\nSubject:') + 2;
  expect(content.out.subarray(0, afterReceived).toString()).toMatch(/^Received: from [^\n]*\n(?:[ \t][^\n]*\n)*$/);
  expect(content.out.subarray(afterReceived)).toEqual(message);
  expect(release).toMatchObject({ code: 0, err: '' });
  expect({ code: again.code, err: again.err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^postern: cannot release held mail .*: .* is (?:releasing|released), by /),
  });
  expect(arrivedWith('released')).toEqual([
    expect.objectContaining({ mailFrom: 'mallory@example.org', rcptTo: ['bob@example.com'], octets: content.out }),
  ]);
});

it('that is denied goes nowhere, and cannot be released any more', { timeout: TEST_MS }, async () => {
  const id = await held(riddle('denied'), 'bob@example.com');

  const denied = await cli('held', 'inbound', 'deny', id);
  const release = await cli('held', 'inbound', 'release', id);
  const list = await cli('held', 'inbound', '--state', 'denied');

  expect(denied.out.toString()).toBe(`inbound: ${id} denied\n`);
  expect({ code: release.code, err: release.err }).toMatchObject({
    code: 1,
    err: expect.stringContaining('is denied'),
  });
  expect(list.out.toString()).toContain(id);
  expect(arrivedWith('denied')).toEqual([]);
});

it('waits for a hop that is down, and arrives once when it is back', { timeout: TEST_MS }, async () => {
  const id = await held(riddle('delayed'), 'bob@example.com');
  const { port } = mta;
  await mta.close();

  await cli('held', 'inbound', 'release', id);
  await vi.waitFor(async () => expect(await shown(id)).toMatchObject({ state: 'releasing', tries: 1 }), SOON);
  await vi.waitFor(async () => expect((await shown(id)).reason).toContain('ECONNREFUSED'), SOON);
  mta = await startMta({ port, directory });
  await vi.waitFor(async () => expect((await shown(id)).state).toBe('released'), SOON);

  expect(arrivedWith('delayed')).toHaveLength(1);
  expect((await shown(id)).tries).toBe(2);
});
