/**
 * The internal MTA of the embedded run: npm smtp-server, taking mail for anybody and keeping it.
 *
 * It stands for the mail server that Postern publishes, which is why it is somebody else's code: what it receives is
 * what the field's software makes of our octets.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { HOST } from '../names.ts';
import { type Envelope, MailStore } from './mail-store.ts';

/** Octets; the most that `maxMessageOctets` can be. */
const MAX_MESSAGE_OCTETS = 1_073_741_824;
/** RFC 5321 section 4.5.3.2.7. */
const IDLE_TIMEOUT_MS = 300_000;

export interface MtaOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where mail is kept. */
  readonly directory: string;
  /** Path of a PEM file with private key and certificate; STARTTLS is not offered without. */
  readonly certificate?: string;
}

export interface Mta {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Greets at once, where the library waits 100 ms for clients that talk too early. */
class PromptConnection extends SMTPConnection {
  override init(): void {
    this._setListeners(() => this.connectionReady());
  }
}

class PromptServer extends SMTPServer {
  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new PromptConnection(this, socket, options ?? undefined);
    this.connections.add(connection);
    connection.on('error', (error) => this._onError(error));
    connection.on('connect', (facts) => this._onClientConnect(facts));
    connection.init();
  }
}

export async function startMta({ port, directory, certificate }: MtaOptions): Promise<Mta> {
  const store = new MailStore(directory);
  const pem = certificate === undefined ? undefined : readFileSync(certificate);
  const server = new PromptServer({
    name: 'mta.postern.test',
    banner: 'Internal MTA',
    size: MAX_MESSAGE_OCTETS,
    rejectOversized: true,
    hideENHANCEDSTATUSCODES: false,
    disabledCommands: pem === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
    disableReverseLookup: true,
    socketTimeout: IDLE_TIMEOUT_MS,
    closeTimeout: 1,
    ...(pem === undefined ? {} : { key: pem, cert: pem }),
    onData: (stream, session, callback) => {
      keep(store, stream, session).then(
        (id) => callback(null, `OK: kept as ${id}`),
        (error: unknown) =>
          callback(Object.assign(new Error('Cannot keep the message', { cause: error }), { responseCode: 451 })),
      );
    },
  });
  // A client that breaks off is its own affair.
  server.on('error', (error) => console.error(error.message));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const { port: realPort } = server.server.address() as AddressInfo;
  return { port: realPort, close: () => new Promise((resolve) => server.close(resolve)) };
}

async function keep(store: MailStore, stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
  try {
    return await store.keep(stream, envelopeOf(session));
  } catch (error) {
    // Only a broken-off message is not worth a word.
    if (!stream.destroyed || stream.writableFinished) console.error(error);
    throw error;
  }
}

function envelopeOf({ envelope, remoteAddress, hostNameAppearsAs, secure }: SMTPServerSession): Envelope {
  const { mailFrom, rcptTo } = envelope;
  return {
    mailFrom: mailFrom === false ? '' : mailFrom.address,
    rcptTo: rcptTo.map(({ address }) => address),
    parameters: mailFrom === false || mailFrom.args === false ? {} : mailFrom.args,
    client: { address: remoteAddress, helo: hostNameAppearsAs, tls: secure },
  };
}
