/** Sessions recorded by the machine are replayed under a document with one planted difference: found is that, and no more. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../functions/admin/contract/answers/policy-document.ts';
import { documentOnTrial } from '../../functions/admin/trial/document-on-trial.ts';
import { AdminBed, TABLE_NAMES } from '../../functions/test-support/admin-bed.ts';
import type { PolicyOnTrial } from '../../functions/trial/dry-run-policy.ts';
import { type ReplayPage, replay as replayPage } from '../../functions/trial/replay/replay.ts';
import { relayTo } from '../support/answers.ts';
import { PLANTED, settings } from './planted.ts';
import { Recorder } from './recorder.ts';
import { DOCUMENT, OUTSIDE, SESSIONS } from './sessions.ts';

/** Servers, and the milliseconds between two flights of their clients: times tell the order of commands, or do not. */
const SERVERS = [
  { server: 'mx', msBetween: 7 },
  { server: 'mx-at-once', msBetween: 0 },
] as const;
let bed: AdminBed;

beforeAll(async () => {
  bed = await AdminBed.start();
  for (const { server, msBetween } of SERVERS) {
    expect(await bed.call('PUT', `/servers/${server}/policy`, { body: DOCUMENT })).toMatchObject({ status: 200 });
    await record(server, msBetween);
  }
});
afterAll(() => bed.stop());

async function record(server: string, msBetween: number): Promise<void> {
  const recorder = new Recorder({ client: bed.client, table: TABLE_NAMES.events, server, policy: trialOf({}).policy });
  const startMs = Date.now() - 3_600_000;
  for (const [index, dialogue] of SESSIONS.entries()) {
    const answers = { checkRelay: relayTo(['example.com', 'example.net']), ...dialogue.answers };
    await recorder.record({ ...dialogue, answers, msBetween }, startMs + index * 1000);
  }
}

interface Found {
  readonly session: string;
  readonly differences: readonly { readonly line: string; readonly before: object; readonly after: object }[];
}

interface Replay {
  readonly scanned: number;
  readonly sessions: readonly Found[];
  readonly differentAlready: number;
  readonly notReplayed: readonly { readonly session: string; readonly why: string }[];
  readonly next?: string;
}

async function replay(server: string, change: Partial<PolicyDocument>, more: object = {}): Promise<Replay> {
  const policy = { ...DOCUMENT, ...change };
  const { status, value } = await bed.call('POST', `/servers/${server}/replay`, {
    body: { policy, limit: 500, ...more },
  });
  expect({ status, value }).toMatchObject({ status: 200 });
  const found = value as unknown as Replay;
  // Sessions of different servers have names of their own.
  const plainName = (each: Found): Found => ({ ...each, session: each.session.replace(`${server}.`, '') });
  return { ...found, sessions: found.sessions.map(plainName) };
}

describe.each(SERVERS)('replay of sessions with $msBetween ms between flights', ({ server }) => {
  it.each(PLANTED)('finds the sessions that $what touches, and no others', async ({ change, sessions, told }) => {
    const found = await replay(server, change);

    expect(found.notReplayed).toEqual([]);
    expect(found.scanned).toBe(SESSIONS.length);
    expect(found.differentAlready).toBe(0);
    expect(found.sessions.map(({ session }) => session).sort()).toEqual([...sessions].sort());
    if (told === undefined) return;
    const { session, ...difference } = told;
    const differences = found.sessions.find((each) => each.session === session)?.differences;
    expect(differences?.[0]).toMatchObject(difference);
  });
});

it('tells each difference once, and nothing that only follows from it', async () => {
  const refused = await replay('mx', settings({ authentication: 'required' }));
  const smaller = await replay('mx', { domains: { 'example.org': {} } });

  const linesOf = ({ sessions }: Replay, name: string) =>
    sessions.find(({ session }) => session === name)?.differences.map(({ line }) => line);
  expect(linesOf(refused, 'three-recipients')).toEqual(['MAIL FROM:<alice@example.com>']);
  expect(linesOf(smaller, 'three-recipients')).toEqual([
    'RCPT TO:<bob@example.com>',
    'RCPT TO:<bob@example.net>',
    `RCPT TO:<${OUTSIDE}>`,
  ]);
});

describe('a page of a replay', () => {
  const server = 'mx';
  const change = { domains: { 'example.com': {} } };

  it('goes on where the one before ended', async () => {
    const pages: Replay[] = [];
    let next: string | undefined;
    do {
      const page = await replay(server, change, { limit: 5, ...(next === undefined ? {} : { next }) });
      pages.push(page);
      ({ next } = page);
    } while (next !== undefined);

    expect(Math.max(...pages.map(({ scanned }) => scanned))).toBe(5);
    expect(pages.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(SESSIONS.length);
    const found = pages.flatMap(({ sessions }) => sessions.map(({ session }) => session));
    expect(found.sort()).toEqual(['other-domain', 'three-recipients']);
  });

  it('holds what ended in the span that was asked for', async () => {
    const all = await replay(server, settings({ enabled: false }));
    const [newest, , third] = all.sessions as readonly (Found & { at: string })[];

    const span = await replay(server, settings({ enabled: false }), { since: third?.at, until: newest?.at });

    expect(span.sessions.map(({ session }) => session)).toEqual(all.sessions.slice(1, 3).map(({ session }) => session));
  });
});

describe('a replay whose time runs out', () => {
  it('looks at a session at least, and goes on where it stopped', async () => {
    const trial = trialOf({});
    const proposed = trialOf({ domains: { 'example.com': {} } });
    const span = { since: new Date(Date.now() - 86_400_000).toISOString(), until: new Date().toISOString() };
    const pages: ReplayPage[] = [];
    let before: string | undefined;
    do {
      // Each look at the clock costs four seconds.
      let clockMs = Date.now();
      const nowMs = (): number => {
        clockMs += 4000;
        return clockMs;
      };
      const services = { events: bed.stores.events, identity: async () => undefined, nowMs };
      const question = { server: 'mx', inForce: trial, proposed, ...span, before, limit: 500 };
      const page = await replayPage(question, services);
      pages.push(page);
      ({ before } = page);
    } while (before !== undefined);

    expect(pages.length).toBeGreaterThan(SESSIONS.length / 5);
    expect(Math.min(...pages.map(({ scanned }) => scanned))).toBeGreaterThan(0);
    expect(pages.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(SESSIONS.length);
    const found = pages.flatMap(({ sessions }) => sessions.map(({ session }) => session));
    expect(found.sort()).toEqual(['mx.other-domain', 'mx.three-recipients']);
  });
});

function trialOf(change: Partial<PolicyDocument>): PolicyOnTrial {
  const onTrial = documentOnTrial({ ...DOCUMENT, ...change }, 'policy');
  if (onTrial.kind === 'errors') throw new TypeError(JSON.stringify(onTrial.errors));
  return onTrial.trial;
}

describe('what a replay does not blame the document for', () => {
  it('is what the policy in force has changed since, in the same way', async () => {
    const server = 'changed-since';
    await bed.call('PUT', `/servers/${server}/policy`, { body: DOCUMENT });
    await record(server, 7);
    const now = { domains: { 'example.com': {} } };
    await bed.call('PUT', `/servers/${server}/policy`, { body: { ...DOCUMENT, ...now } });

    const same = await replay(server, now);
    const undone = await replay(server, {});

    expect(same).toMatchObject({ sessions: [], differentAlready: 2 });
    expect(undone).toMatchObject({ sessions: [], differentAlready: 0 });
  });

  it('is a session of which too little was recorded', async () => {
    const server = 'old';
    await bed.call('PUT', `/servers/${server}/policy`, { body: DOCUMENT });
    const at = new Date(Date.now() - 60_000).toISOString();
    const common = { server, policyVersion: 'x', keepDays: 30, client: { address: '192.0.2.1', port: 1, tls: false } };
    const old = { ...common, type: 'session', ending: 'QUIT', transactions: 0, durationMs: 1 };
    await putSession(server, at, { ...old, session: 'no-lines', commands: [{ verb: 'EHLO', octets: 20, reply: 250 }] });
    const commands = Array.from({ length: 200 }, () => ({ verb: 'NOOP', octets: 6, reply: 250, line: 'NOOP' }));
    await putSession(server, at, { ...old, session: 'too-many', commands });
    await putSession(server, at, { ...old, session: 'crowd', ending: 'settings#maxConnections', commands: [] });

    const found = await replay(server, settings({ enabled: false }));

    expect(found).toMatchObject({ scanned: 3, sessions: [] });
    expect(Object.fromEntries(found.notReplayed.map(({ session, why }) => [session, why]))).toEqual({
      'no-lines': 'its lines are not recorded',
      'too-many': 'it has more commands than are recorded',
      crowd: 'there were too many connections',
    });
  });
});

async function putSession(server: string, at: string, event: Readonly<Record<string, unknown>>): Promise<void> {
  const id = `event-of-${String(event.session)}`;
  const key = {
    stream: `${server}#${at.slice(0, 10)}`,
    at: `${at}#${id}`,
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
  };
  await bed.put('events', { ...event, ...key, id });
}

describe('a replay that cannot be', () => {
  it.each([
    ['of no server', '/servers/nowhere/replay', { policy: DOCUMENT }, 404, undefined],
    ['without a document', '/servers/mx/replay', {}, 400, 'policy'],
    [
      'of a broken document',
      '/servers/mx/replay',
      { policy: settings({ maxErrors: 0 }) },
      400,
      'policy.settings.maxErrors',
    ],
    ['from a token of another list', '/servers/mx/replay', { policy: DOCUMENT, next: 'x' }, 400, 'next'],
    ['of no time', '/servers/mx/replay', { policy: DOCUMENT, since: '2026-02-02', until: '2026-02-01' }, 400, 'since'],
  ])('is refused: %s', async (_what, path, body, status, field) => {
    const answer = await bed.call('POST', path, { body });

    expect(answer.status).toBe(status);
    if (field !== undefined) expect(answer.value).toMatchObject({ errors: [{ field }] });
  });
});
