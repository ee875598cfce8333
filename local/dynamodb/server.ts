/**
 * DynamoDB for one machine: dynalite, on disk or in memory.
 *
 * `GET /-/changes?table=NAME&after=NUMBER` stands for the streams of the tables that have one: it answers with the records
 * after that number as soon as there is one, and forgets those up to it; without a number, with that of the last record.
 * `local/policy-stream` is the one that asks. `PUT /-/fault` makes requests that follow go wrong.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ChangeFeed, inJson } from '../../functions/tables/embedded/change-feed.ts';
import { makeDynalite } from '../../functions/tables/embedded/dynalite.ts';
import { type LoopbackEndpoint, listenOnLoopback } from '../../web/serve/loopback.ts';
import { STREAMED_TABLES } from '../names.ts';
import { FaultyRequests } from './faulty-requests.ts';

const CHANGES_PATH = '/-/changes';
/** Milliseconds that a question for changes waits for one. */
const CHANGES_WAIT_MS = 10_000;

/**
 * Opens the store and listens.
 *
 * @param directory of the store; in memory without one
 * @param port 0 takes a free one
 */
export async function startDynamoDb({
  port = 0,
  directory,
}: {
  port?: number;
  directory?: string;
}): Promise<LoopbackEndpoint> {
  const feeds = new Map(Object.entries(STREAMED_TABLES).map(([table, keys]) => [table, new ChangeFeed(keys)]));
  const server = makeDynalite({ directory, onWrite: (write) => feeds.get(write.table)?.add(write, Date.now()) });
  tolerateAbortedRequests(server);
  const closing = new AbortController();
  answerRequests(server, feeds, closing.signal);
  const { port: own, close } = await listenOnLoopback(server, { port });
  const closeAll = (): Promise<void> => {
    closing.abort();
    return close();
  };
  return { port: own, close: closeAll };
}

/** dynalite ends the process when a client goes away before its answer, as an SDK call does that runs out of time. */
function tolerateAbortedRequests(server: Server): void {
  server.on('request', (request: IncomingMessage) => {
    // After dynalite's own listener, which has just been told of the request.
    request.removeAllListeners('error').on('error', () => undefined);
  });
}

function answerRequests(server: Server, feeds: ReadonlyMap<string, ChangeFeed>, closing: AbortSignal): void {
  const listeners = server.listeners('request');
  const faulty = new FaultyRequests();
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [path, query] = (request.url ?? '').split('?', 2);
    if (path === CHANGES_PATH) return void changes(new URLSearchParams(query), response);
    void faulty.take(request, response).then((isTaken) => {
      if (!isTaken) for (const listener of listeners) listener.call(server, request, response);
    });
  });

  async function changes(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const feed = feeds.get(query.get('table') ?? '');
    if (feed === undefined) return void response.writeHead(404).end();
    const left = new AbortController();
    response.once('close', () => left.abort());
    const until = AbortSignal.any([closing, left.signal, AbortSignal.timeout(CHANGES_WAIT_MS)]);
    const after = query.get('after');
    const answer = after === null ? feed.sequence : await feed.after(Number(after), until);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer, inJson));
  }
}
