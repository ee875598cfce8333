/** Passes octets on. Usage: pipe-program.ts --to PORT [--certificate FILE], with the file by TLS */
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parseArgs } from 'node:util';
import { HOST } from '../../local/names.ts';
import { endOnSignal, sayListening } from '../../local/start/part-program.ts';

const { values } = parseArgs({ options: { to: { type: 'string' }, certificate: { type: 'string' } } });
const { to, certificate } = values;

function relay(client: Socket): void {
  const target = connect({ port: Number(to), host: HOST, noDelay: true });
  client.pipe(target).pipe(client);
  // One end that breaks off breaks the other.
  client.on('error', () => target.destroy());
  target.on('error', () => client.destroy());
}

const pem = certificate === undefined ? undefined : readFileSync(certificate);
const server =
  pem === undefined
    ? createServer({ noDelay: true }, relay)
    : createTlsServer({ key: pem, cert: pem, noDelay: true }, relay);
// The client that a benchmark ends without a word.
server.on('tlsClientError', () => undefined);
endOnSignal(async () => void server.close());
server.listen({ port: 0, host: HOST, backlog: 8192 }, () => sayListening((server.address() as AddressInfo).port));
