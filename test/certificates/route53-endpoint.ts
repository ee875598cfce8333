/** Route 53 on a free port: record sets are told to a DNS server of tests (pebble-challtestsrv), which answers for them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const XMLNS = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"';

export interface Route53Endpoint {
  readonly url: string;
  /** Names that were written, in order. */
  readonly changed: string[];
  /** TXT values there are now, by name. */
  readonly records: ReadonlyMap<string, readonly string[]>;
  /** Whether what is written reaches the DNS server. */
  reaches: boolean;
  stop(): Promise<void>;
}

/** @param management URL of the DNS server's own interface */
export async function startRoute53(management: string): Promise<Route53Endpoint> {
  const records = new Map<string, readonly string[]>();
  const changed: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const xml = await answer(request, body);
      response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>\n${xml}`);
    });
  });
  const endpoint = { url: '', changed, records, reaches: true, stop };

  async function answer({ method, url = '' }: IncomingMessage, body: string): Promise<string> {
    if (url.includes('/change/')) return `<GetChangeResponse ${XMLNS}>${CHANGE}</GetChangeResponse>`;
    if (method === 'GET') return list(new URL(url, 'http://x').searchParams.get('name') ?? '');
    for (const [, action, set = ''] of body.matchAll(
      /<Action>(\w+)<\/Action>\s*<ResourceRecordSet>(.*?)<\/ResourceRecordSet>/gs,
    )) {
      const name = /<Name>(.*?)<\/Name>/.exec(set)?.[1] ?? '';
      const values = [...set.matchAll(/<Value>(.*?)<\/Value>/g)].map(([, value = '']) =>
        value.replaceAll(/&quot;|"/g, ''),
      );
      changed.push(name);
      records.set(name, action === 'DELETE' ? [] : values);
      if (endpoint.reaches) await tell(name, records.get(name) ?? []);
    }
    return `<ChangeResourceRecordSetsResponse ${XMLNS}>${CHANGE}</ChangeResourceRecordSetsResponse>`;
  }

  async function tell(name: string, values: readonly string[]): Promise<void> {
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`${management}/${path}`, { method: 'POST', body: JSON.stringify(body) });
    await post('clear-txt', { host: `${name}.` });
    for (const value of values) await post('set-txt', { host: `${name}.`, value });
  }

  function list(name: string): string {
    const values = records.get(name.replace(/\.$/, '')) ?? [];
    const set = `<ResourceRecordSet><Name>${name}.</Name><Type>TXT</Type><TTL>30</TTL><ResourceRecords>${values
      .map((value) => `<ResourceRecord><Value>"${value}"</Value></ResourceRecord>`)
      .join('')}</ResourceRecords></ResourceRecordSet>`;
    return `<ListResourceRecordSetsResponse ${XMLNS}><ResourceRecordSets>${values.length > 0 ? set : ''}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems></ListResourceRecordSetsResponse>`;
  }

  async function stop(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return endpoint;
}

const CHANGE =
  '<ChangeInfo><Id>/change/C1</Id><Status>INSYNC</Status><SubmittedAt>2026-11-30T00:00:00Z</SubmittedAt></ChangeInfo>';

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
