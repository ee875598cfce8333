/**
 * The service that nginx's mail proxy asks (`auth_http`), no more than it must be: HTTP/1.0 over a raw socket, a request
 * a connection, as nginx speaks it. Usage: nginx-policy-program.ts --to PORT (of the sink)
 */
import { type AddressInfo, createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { HOST } from '../../local/names.ts';
import { endOnSignal, sayListening } from '../../local/start/part-program.ts';
import { decide } from './nginx-policy.ts';

const { values } = parseArgs({ options: { to: { type: 'string' } } });
const target = { host: HOST, port: Number(values.to) };

const server = createServer((socket) => {
  let request = '';
  socket.on('data', (octets: Buffer) => {
    request += octets.toString('latin1');
    if (request.endsWith('\r\n\r\n')) socket.end(decide(request, target));
  });
  socket.on('error', () => socket.destroy());
});

endOnSignal(async () => void server.close());
server.listen({ port: 0, host: HOST, backlog: 8192 }, () => sayListening((server.address() as AddressInfo).port));
