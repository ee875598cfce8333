import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackEndpoint } from '../../web/serve/loopback.ts';
import { crc32Base64, unframe } from './aws-chunked.ts';
import { startS3 } from './server.ts';

let directory: string;
let endpoint: LoopbackEndpoint;
let client: S3Client;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'postern-s3-'));
  endpoint = await startS3({ port: 0, directory });
  client = new S3Client({
    endpoint: `http://127.0.0.1:${endpoint.port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await endpoint.close();
  rmSync(directory, { recursive: true });
});

const NAME = { Bucket: 'held', Key: 'held/2026-11-30/T1.1' };
// Frames, terminators and checksums of its own, none of which may be taken for the transfer's.
const OCTETS = Buffer.from('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n.\r\n\0\xFF', 'latin1');

async function got(): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand(NAME));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('an object of the SDK is stored octet for octet', () => {
  it.each<[string, () => Buffer | Readable]>([
    ['sent whole', () => OCTETS],
    ['streamed, which the SDK frames', () => Readable.from([OCTETS.subarray(0, 7), OCTETS.subarray(7)])],
  ])('%s', async (_how, body) => {
    await client.send(new PutObjectCommand({ ...NAME, Body: body(), ContentLength: OCTETS.length }));

    expect(await got()).toEqual(OCTETS);
    expect(await readFile(join(directory, 'held', NAME.Key))).toEqual(OCTETS);
  });
});

it('an object that is there is not replaced where the caller forbids it', async () => {
  await client.send(new PutObjectCommand({ ...NAME, Body: OCTETS }));

  await expect(client.send(new PutObjectCommand({ ...NAME, Body: 'other', IfNoneMatch: '*' }))).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  expect(await got()).toEqual(OCTETS);
});

it('an object that was deleted is not there', async () => {
  await client.send(new PutObjectCommand({ ...NAME, Body: OCTETS }));
  await client.send(new DeleteObjectCommand(NAME));

  await expect(got()).rejects.toMatchObject({ name: 'NoSuchKey' });
});

it.each(['/held', '/held/../../etc/passwd', '/../x/y', '/held/a/%2e%2e/b'])('%s names no object', async (path) => {
  const response = await fetch(`http://127.0.0.1:${endpoint.port}${path}`);

  expect([400, 404]).toContain(response.status);
});

it('told to fail, it fails as S3 would', async () => {
  const fault = `http://127.0.0.1:${endpoint.port}/-/fault`;
  await fetch(fault, { method: 'PUT', body: JSON.stringify({ kind: 'SlowDown', status: 503, times: 1 }) });

  await expect(client.send(new PutObjectCommand({ ...NAME, Body: OCTETS }))).rejects.toMatchObject({
    name: 'SlowDown',
  });
  await client.send(new PutObjectCommand({ ...NAME, Body: OCTETS }));
});

describe('frames', () => {
  it('with a signature and a trailer are taken off', () => {
    const body = Buffer.from(
      '5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=cd\r\nX-Amz-Checksum-CRC32: NhCmhg==\r\n\r\n',
    );

    const { octets, trailer } = unframe(body, 5);

    expect(octets.toString()).toBe('hello');
    expect(trailer['x-amz-checksum-crc32']).toBe(crc32Base64(octets));
  });

  it.each([
    ['hello', undefined],
    ['6\r\nhello\r\n0\r\n\r\n', undefined],
    ['5\r\nhello\r\n0\r\n\r\n', 6],
    ['5\r\nhello\r\n', undefined],
  ])('that are broken are refused: %j', (text, promised) => {
    expect(() => unframe(Buffer.from(text), promised)).toThrow();
  });
});
