/** The task runs short of descriptors or of memory. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from '../support/cloud.ts';
import { copiesAt } from '../support/cloud-mail.ts';
import type { CloudPart } from '../support/cloud-part.ts';
import { line, messageWith, newToken, openInbound, openSubmission, sendMail } from '../support/cloud-session.ts';
import { until } from '../support/cloud-wait.ts';

const IS_LINUX = existsSync('/proc/self/fd');
/** Milliseconds; large messages take theirs on a busy machine. */
const LONG_MS = 60_000;

let cloud: Cloud;

/** Milliseconds of processor time that a process has used. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // utime and stime, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Leaves the process `spare` descriptors; those that it has stay, whatever their numbers. */
function limitDescriptors(part: CloudPart, spare: number): void {
  const open = new Set(readdirSync(`/proc/${part.pid}/fd`).map(Number));
  let limit = 0;
  for (let left = spare; left > 0; limit += 1) if (!open.has(limit)) left -= 1;
  execFileSync('prlimit', ['--pid', String(part.pid), `--nofile=${limit}:`]);
}

interface Caller {
  readonly socket: Socket;
  heard: string;
  isClosed: boolean;
}

function call(port: number): Caller {
  const socket = connect(port, '127.0.0.1');
  const caller: Caller = { socket, heard: '', isClosed: false };
  socket.on('data', (octets) => {
    caller.heard += octets.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    caller.isClosed = true;
  });
  return caller;
}

describe.skipIf(!IS_LINUX)('descriptors', () => {
  beforeAll(async () => {
    cloud = await Cloud.start({ servers: ['inbound'] });
  });

  afterAll(() => cloud.close());

  it(
    'all used: new clients are closed at once, recipients deferred, nothing spins; greeted again when some are free',
    async () => {
      const part = cloud.part('inbound');
      const port = part.port('starttls');
      const standing = await openInbound(cloud);
      limitDescriptors(part, 8);

      const callers = Array.from({ length: 40 }, () => call(port));
      await until('each is greeted or closed', () => callers.every(({ heard, isClosed }) => heard !== '' || isClosed));
      const greeted = callers.filter(({ heard }) => heard !== '');
      await standing.command('MAIL FROM:<a@elsewhere.test>');
      const recipient = await standing.command('RCPT TO:<b@example.com>');
      const spunMs = await spunFor(part.pid, 500);
      for (const { socket } of greeted) socket.destroy();
      await until('a client is greeted', async () => {
        const caller = call(port);
        await Promise.race([once(caller.socket, 'data'), once(caller.socket, 'close')]);
        caller.socket.destroy();
        return caller.heard.startsWith('220 ');
      });
      await standing.command('RSET');
      const token = newToken();
      const mail = { from: 'a@elsewhere.test', to: `${token}@example.com`, content: messageWith(token) };
      const taken = await sendMail(standing, mail);

      expect(greeted.length).toBeGreaterThan(0);
      expect(greeted.length).toBeLessThan(callers.length);
      expect(line(recipient)).toMatch(/^451 4\.(?:3\.0|4\.1) /);
      expect(part.lines.join('\n')).toContain('EMFILE');
      expect(spunMs).toBeLessThan(250);
      expect(taken.code).toBe(250);
      expect(copiesAt(cloud.home, 'mta', token)).toBe(1);
      expect(part.starts).toBe(1);
      for (const { socket } of callers) socket.destroy();
      standing.destroy();
    },
    LONG_MS,
  );
});

/** Milliseconds of processor time used in `ms`. */
async function spunFor(pid: number, ms: number): Promise<number> {
  const before = processorMs(pid);
  const endMs = performance.now() + ms;
  await until('the time has passed', () => performance.now() >= endMs);
  return processorMs(pid) - before;
}

describe('memory', () => {
  beforeAll(async () => {
    cloud = await Cloud.start({
      servers: ['submission'],
      nodeFlags: ['--max-old-space-size=64'],
      settings: { nextHopFinalTimeoutSeconds: 30 },
    });
    await cloud.failSes({ kind: 'slow', delayMs: 1000 });
  });

  afterAll(() => cloud.close());

  // Each call to SES holds its message several times over, and all wait for a slow answer at once.
  it.each([
    ['that go by API v1', 6_800_000, 8],
    ['that go by API v2', 12_000_000, 3],
  ])(
    'short, with large messages to SES %s: some are taken, the rest hear 452, and the task lives',
    async (_what, octets, count) => {
      const token = newToken();
      const content = messageWith(token, octets);
      const sessions = await Promise.all(Array.from({ length: count }, () => openSubmission(cloud)));

      const replies = await Promise.all(
        sessions.map((session) => sendMail(session, { to: 'b@elsewhere.test', content })),
      );

      const codes = replies.map(({ code }) => code);
      const taken = codes.filter((code) => code === 250).length;
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(count);
      expect(new Set(codes)).toEqual(new Set([250, 452]));
      expect(replies.map(line).find((reply) => reply.startsWith('452'))).toMatch(/^452 4\.3\.1 /);
      expect(copiesAt(cloud.home, 'ses', token)).toBe(taken);
      expect(cloud.part('submission').starts).toBe(1);
      expect(cloud.part('submission').isRunning).toBe(true);
      for (const session of sessions) session.destroy();
    },
    LONG_MS,
  );
});
