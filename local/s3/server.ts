/**
 * Amazon S3 on one machine, as far as held mail needs it, for the real SDK client: objects are put, got, headed and
 * deleted by path. Octets are kept exactly as the caller has them, its checksum compared. Signatures are not looked at.
 *
 * `PUT /-/fault` makes the calls that follow go wrong, as at the embedded SES.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoopbackEndpoint, listenOnLoopback } from '../../web/serve/loopback.ts';
import { FaultPlan, isError, statusOf } from '../fault-plan.ts';
import { readBody } from '../read-body.ts';
import { crc32Base64, unframe } from './aws-chunked.ts';
import { ObjectStore } from './object-store.ts';

/** Octets of an object: the largest message that any server may take, with room. */
const MAX_BODY_OCTETS = 268_435_456;

export interface S3Options {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where objects are kept, `BUCKET/KEY` each a file. */
  readonly directory: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** An error as S3 says it. */
class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startS3({ port, directory }: S3Options): Promise<LoopbackEndpoint> {
  const endpoint = new Endpoint(new ObjectStore(directory));
  const server = createServer((request, response) => {
    void endpoint.respond(request, response).catch((error: unknown) => {
      if (!request.destroyed || request.complete) console.error(error);
      response.destroy();
    });
  });
  return listenOnLoopback(server, { port });
}

class Endpoint {
  readonly #store: ObjectStore;
  readonly #faults = new FaultPlan();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*$/, ''));
    const body = await readBody(request, MAX_BODY_OCTETS);
    const isControl = path === '/-/fault';
    const fault = isControl ? undefined : this.#faults.next();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'slow') await delay(fault.delayMs);
    const answer = isControl
      ? this.#faults.control(request.method, body)
      : await this.#answered(request, path, body, fault);
    if (fault?.kind === 'drop') {
      response.destroy();
      return;
    }
    const headers = { 'x-amz-request-id': randomUUID(), ...answer.headers };
    response.writeHead(answer.status, headers).end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answered(
    request: IncomingMessage,
    path: string,
    body: Buffer | undefined,
    fault: ReturnType<FaultPlan['next']>,
  ): Promise<Answer> {
    try {
      if (isError(fault)) throw new S3Error(statusOf(fault), fault.kind, fault.message);
      const [, bucket = '', key = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
      if (bucket === '' || !this.#store.isName(bucket, key))
        throw new S3Error(400, 'InvalidRequest', 'Name an object: /BUCKET/KEY');
      return await this.#object(request, `${bucket}/${key}`, body);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      const { status, code, message } = error;
      const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      return { status, headers: { 'content-type': 'application/xml' }, body: xml };
    }
  }

  async #object(request: IncomingMessage, name: string, body: Buffer | undefined): Promise<Answer> {
    if (request.method === 'PUT') return this.#put(request, name, body);
    if (request.method === 'DELETE') {
      await this.#store.delete(name);
      return { status: 204 };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new S3Error(405, 'MethodNotAllowed', 'Objects are put, got, headed and deleted');
    const octets = await this.#store.get(name);
    if (octets === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    const headers = {
      'content-length': String(octets.length),
      'content-type': 'application/octet-stream',
      etag: etagOf(octets),
    };
    return partOf(octets, headers, request.headers.range);
  }

  async #put({ headers }: IncomingMessage, name: string, body: Buffer | undefined): Promise<Answer> {
    if (body === undefined)
      throw new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    const octets = contentOf(headers, body);
    const isNew = headers['if-none-match'] !== '*' || (await this.#store.get(name)) === undefined;
    if (!isNew) throw new S3Error(412, 'PreconditionFailed', 'There is such an object');
    await this.#store.put(name, octets);
    return { status: 200, headers: { etag: etagOf(octets), 'x-amz-checksum-crc32': crc32Base64(octets) } };
  }
}

/** The object's own octets, their checksum compared where there is one that is known here. */
function contentOf(headers: IncomingMessage['headers'], body: Buffer): Buffer {
  const isFramed = /\baws-chunked\b/.test(headers['content-encoding'] ?? '');
  const promised = headers['x-amz-decoded-content-length'];
  try {
    const { octets, trailer } = isFramed
      ? unframe(body, promised === undefined ? undefined : Number(promised))
      : { octets: body, trailer: {} as Readonly<Record<string, string>> };
    const sum = trailer['x-amz-checksum-crc32'] ?? headers['x-amz-checksum-crc32'];
    if (sum !== undefined && sum !== crc32Base64(octets)) throw new Error('the checksum differs');
    return octets;
  } catch (error) {
    throw new S3Error(
      400,
      'BadDigest',
      `The body cannot be taken: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
}

/** The whole object, or the one range of octets that was asked for. */
function partOf(octets: Buffer, headers: Readonly<Record<string, string>>, range: string | undefined): Answer {
  if (range === undefined) return { status: 200, headers, body: octets };
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  const start = Number(first);
  const end = Math.min(last === '' ? octets.length : Number(last) + 1, octets.length);
  if (first === '' || start >= end) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  const part = octets.subarray(start, end);
  const place = {
    'content-range': `bytes ${start}-${end - 1}/${octets.length}`,
    'content-length': String(part.length),
  };
  return { status: 206, headers: { ...headers, ...place }, body: part };
}

function etagOf(octets: Buffer): string {
  return `"${createHash('md5').update(octets).digest('hex')}"`;
}
