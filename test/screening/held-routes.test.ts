import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminBed, CALLER, HELD_BUCKET } from '../../functions/test-support/admin-bed.ts';
import { loseFirstAnswers } from '../../functions/test-support/lost-answers.ts';
import { startS3 } from '../../local/s3/server.ts';
import { type HeldItem, serverState } from '../../policy/held.ts';
import type { LoopbackEndpoint } from '../../web/serve/loopback.ts';

const directory = mkdtempSync(join(tmpdir(), 'postern-held-'));
const HELD = '/servers/mx/held';
const MESSAGE = Buffer.from('Received: us\r\nSubject: \xE4\r\n\r\n<script>\0\r\n', 'latin1');
const LATER_SECONDS = Math.floor(Date.now() / 1000) + 86_400;

let bed: AdminBed;
let endpoint: LoopbackEndpoint;
let s3: S3Client;
let count = 0;

beforeAll(async () => {
  endpoint = await startS3({ port: 0, directory });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  s3 = new S3Client({ endpoint: `http://127.0.0.1:${endpoint.port}`, region: 'eu-west-1', credentials });
  bed = await AdminBed.start(s3);
  await bed.call('PUT', '/servers/mx', { body: { hostname: 'mx.example.com', defaultNextHop: 'ses' } });
});

afterAll(async () => {
  await bed.stop();
  s3.destroy();
  await endpoint.close();
  rmSync(directory, { recursive: true, force: true });
});

async function hold(changes: Partial<HeldItem> = {}): Promise<string> {
  count += 1;
  const id = `T${String(count).padStart(3, '0')}.1`;
  const content = `held/2026-11-30/${id}`;
  const state = changes.state ?? 'held';
  const item: HeldItem = {
    id,
    server: 'mx',
    state,
    serverState: serverState('mx', state),
    at: new Date(Date.UTC(2026, 10, 30) + count * 1000).toISOString(),
    session: 'T',
    client: { address: '192.0.2.1', port: 4711, tls: false },
    policyVersion: 'v',
    sender: 'a@example.org',
    recipients: [
      { address: 'bob@example.com', nextHop: 'ses' },
      { address: 'eve@example.com', nextHop: 'ses' },
    ],
    rule: 'screen#200-unreadable',
    screen: { action: 'hold', matches: [], reported: [], structure: [], parts: [] },
    octets: MESSAGE.length,
    sha256: 'ab',
    content,
    expiresAt: LATER_SECONDS,
    ...changes,
  };
  await s3.send(new PutObjectCommand({ Bucket: HELD_BUCKET, Key: content, Body: MESSAGE }));
  await bed.put('held', item);
  return id;
}

async function acts(id: string): Promise<unknown[]> {
  const events = await bed.items('events');
  return events.filter(({ transaction }) => transaction === id).map(({ act, who }) => [act, who]);
}

async function ids(query = ''): Promise<string[]> {
  const { value } = await bed.call('GET', `${HELD}${query}`);
  return (value.held as { id: string }[]).map(({ id }) => id);
}

describe('the list', () => {
  let own: string[];
  beforeEach(async () => {
    own = [await hold(), await hold({ sender: 'x@other.example', rule: 'screen#300-words' }), await hold()];
  });

  it('has held mail, newest first, a page at a time', async () => {
    const first = await bed.call('GET', `${HELD}?limit=2`);
    const second = await bed.call('GET', `${HELD}?limit=1&next=${first.value.next}`);

    const listed = [...(first.value.held as { id: string }[]), ...(second.value.held as { id: string }[])];
    expect(listed.map(({ id }) => id)).toEqual(own.toReversed());
  });

  it.each([
    ['sender', '?sender=X@OTHER.example', [1]],
    ["a sender's domain", '?sender=@other.example', [1]],
    ['a recipient', '?recipient=bob@example.com&limit=3', [2, 1, 0]],
    ['a rule', '?rule=screen%23300-words', [1]],
  ])('is searched by %s', async (_what, query, which) => {
    const found = await ids(query);

    expect(found.filter((id) => own.includes(id))).toEqual(which.map((index) => own[index]));
  });

  it('shows mail whose time is over as expired, and not as held', async () => {
    const expired = await hold({ expiresAt: 1_000 });

    expect(await ids()).not.toContain(expired);
    expect(await ids('?state=expired')).toContain(expired);
  });

  it('shows nothing of another server, nor what the task alone needs', async () => {
    const { value } = await bed.call('GET', `${HELD}/${own[0]}`);

    expect(Object.keys(value)).not.toEqual(expect.arrayContaining(['content', 'serverState', 'leaseOwner']));
    await bed.call('PUT', '/servers/mx2', { body: { hostname: 'mx2.example.com', defaultNextHop: 'ses' } });
    expect((await bed.call('GET', `/servers/mx2/held/${own[0]}`)).status).toBe(404);
  });

  it.each(['?state=eaten', '?limit=0', '?next=x', '?since=yesterday'])('refuses %s', async (query) => {
    expect((await bed.call('GET', `${HELD}${query}`)).status).toBe(400);
  });
});

describe('the content', () => {
  it('is the message octet for octet, and that somebody read it is an event', async () => {
    const id = await hold();

    const answer = await bed.raw('GET', `${HELD}/${id}/content`);

    expect(Buffer.from(answer.body, 'base64')).toEqual(MESSAGE);
    expect(answer).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { 'content-type': 'message/rfc822' },
    });
    expect(answer.headers['content-disposition']).toContain('attachment');
    expect(await acts(id)).toEqual([['viewed', CALLER]]);
  });

  it('can be had in ranges', async () => {
    const id = await hold();

    const answer = await bed.raw('GET', `${HELD}/${id}/content`, { range: 'bytes=10-14' });

    expect(Buffer.from(answer.body, 'base64')).toEqual(MESSAGE.subarray(10, 15));
    expect(answer).toMatchObject({ statusCode: 206, headers: { 'content-range': `bytes 10-14/${MESSAGE.length}` } });
  });

  it.each([
    ['bytes=99999-', 416],
    ['bytes=5-2', 416],
    ['pages=1', 416],
  ])('is refused for the range %s', async (range, status) => {
    const id = await hold();

    expect((await bed.raw('GET', `${HELD}/${id}/content`, { range })).statusCode).toBe(status);
  });

  it('of a large message is refused without a range, which the answer asks for', async () => {
    const id = await hold({ octets: 20_000_000 });

    const answer = await bed.call('GET', `${HELD}/${id}/content`);

    expect(answer).toMatchObject({ status: 413, value: { detail: expect.stringContaining('range') } });
  });
});

describe('a release', () => {
  it('is under way at once, with who and when, and is an event', async () => {
    const id = await hold();

    const { status, value } = await bed.call('POST', `${HELD}/${id}/release`, {
      body: { recipients: ['eve@example.com'] },
    });

    expect(status).toBe(202);
    expect(value).toMatchObject({ state: 'releasing', decidedBy: CALLER, releaseTo: ['eve@example.com'] });
    expect(await ids('?state=releasing')).toContain(id);
    expect(await acts(id)).toEqual([['released', CALLER]]);
  });

  it('to somebody whom the message was not for is refused', async () => {
    const id = await hold();

    expect(
      (await bed.call('POST', `${HELD}/${id}/release`, { body: { recipients: ['mallory@x.example'] } })).status,
    ).toBe(400);
    expect((await bed.call('GET', `${HELD}/${id}`)).value.state).toBe('held');
  });

  it('twice is 409 and names who was first; of expired mail it is 410', async () => {
    const id = await hold();
    await bed.call('POST', `${HELD}/${id}/release`, { body: {} });
    const expired = await hold({ expiresAt: 1_000 });

    const second = await bed.call('POST', `${HELD}/${id}/release`, { body: {} });

    expect(second).toMatchObject({ status: 409, value: { detail: expect.stringContaining(CALLER) } });
    expect((await bed.call('POST', `${HELD}/${expired}/release`, { body: {} })).status).toBe(410);
    expect((await bed.call('POST', `${HELD}/nothing/release`, { body: {} })).status).toBe(404);
  });

  it('is done, and an event, where the first answer of the table is lost', async () => {
    const id = await hold();
    const end = loseFirstAnswers(bed.client);

    const { status } = await bed.call('POST', `${HELD}/${id}/release`, { body: {} });
    const { status: again } = await bed.call('POST', `${HELD}/${id}/deny`, { body: {} });
    end();

    expect([status, again]).toEqual([202, 409]);
    expect(await acts(id)).toEqual([['released', CALLER]]);
  });

  it('of twenty at the same time one is done', async () => {
    const id = await hold();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bed.call('POST', `${HELD}/${id}/release`, { body: {} })),
    );

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(await acts(id)).toHaveLength(1);
  });
});

it('denied mail is denied, once, and not released any more', async () => {
  const id = await hold();

  expect((await bed.call('POST', `${HELD}/${id}/deny`)).value.state).toBe('denied');
  expect((await bed.call('POST', `${HELD}/${id}/release`, { body: {} })).status).toBe(409);
  expect(await acts(id)).toEqual([['denied', CALLER]]);
});

it('of many, each is decided by itself', async () => {
  const [one, two, denied] = [await hold(), await hold(), await hold()];
  await bed.call('POST', `${HELD}/${denied}/deny`);

  const { status, value } = await bed.call('POST', `${HELD}/release`, { body: { ids: [one, denied, two, 'nothing'] } });

  expect(status).toBe(200);
  expect(value.done).toEqual([one, two]);
  expect((value.failed as { id: string; status: number }[]).map(({ id, status: why }) => [id, why])).toEqual([
    [denied, 409],
    ['nothing', 404],
  ]);
});
