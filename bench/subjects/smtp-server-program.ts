/**
 * npm smtp-server in front, a pool of nodemailer behind, the message streamed from one to the other and answered when
 * the next hop has taken it. Usage: smtp-server-program.ts --to PORT --certificate FILE [--login]
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { HOST } from '../../local/names.ts';
import { endOnSignal, sayListening } from '../../local/start/part-program.ts';
import { LOGIN, MAX_MESSAGE_OCTETS } from '../identity.ts';

/** As many as Postern has to a hop. */
const POOLED_CONNECTIONS = 50;

const { values } = parseArgs({
  options: { to: { type: 'string' }, certificate: { type: 'string' }, login: { type: 'boolean', default: false } },
});
const pem = readFileSync(values.certificate ?? '');

/** Greets at once, where the library waits 100 ms for clients that talk too early: that would measure the wait. */
class PromptConnection extends SMTPConnection {
  override init(): void {
    this._setListeners(() => this.connectionReady());
  }
}

class PromptServer extends SMTPServer {
  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    socket.setNoDelay(true);
    const connection = new PromptConnection(this, socket, options ?? undefined);
    this.connections.add(connection);
    connection.on('error', (error) => this._onError(error));
    connection.on('connect', (facts) => this._onClientConnect(facts));
    connection.init();
  }
}

const transport = createTransport({
  pool: true,
  host: HOST,
  port: Number(values.to),
  secure: false,
  ignoreTLS: true,
  maxConnections: POOLED_CONNECTIONS,
  maxMessages: Number.POSITIVE_INFINITY,
  // Sends at once, where the library leaves Nagle's algorithm on and so waits 40 ms for the acknowledgement of each
  // message's last but one segment.
  getSocket: (_options, callback) => {
    const socket = connect({ host: HOST, port: Number(values.to), noDelay: true }, () => {
      socket.off('error', callback);
      callback(null, { connection: socket });
    });
    socket.once('error', callback);
  },
});

const server = new PromptServer({
  name: 'mx.bench.example',
  size: MAX_MESSAGE_OCTETS,
  key: pem,
  cert: pem,
  disableReverseLookup: true,
  authMethods: ['PLAIN', 'LOGIN'],
  ...(values.login ? {} : { disabledCommands: ['AUTH'] }),
  onAuth: ({ username, password }, _session, done) =>
    username === LOGIN.username && password === LOGIN.password
      ? done(null, { user: username })
      : done(refusal(535, 'Authentication credentials invalid')),
  onRcptTo: ({ address }, _session, done) =>
    done(address.endsWith('.example') ? null : refusal(550, 'Relay access denied')),
  onData: (stream, { envelope }, done) => {
    const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
    const to = envelope.rcptTo.map(({ address }) => address);
    transport.sendMail({ envelope: { from, to }, raw: stream }).then(
      () => done(null, 'OK'),
      (error: unknown) => done(refusal(451, String(error))),
    );
  },
});

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

// A client that breaks off is its own affair.
server.on('error', () => undefined);
endOnSignal(async () => undefined);
server.listen(0, HOST, () => sayListening((server.server.address() as AddressInfo).port));
