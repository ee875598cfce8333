/** npm smtp-server as a server to be probed, well kept unless a test breaks something. */
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { makeCertificate } from '../support/edge-proxy-certificate.ts';

export interface Peer {
  readonly port: number;
  /** PEM of the certificate, which is its own authority. */
  readonly ca: string;
  stop(): Promise<void>;
}

/** Takes mail for example.com from strangers, as mx.example.com; its certificate lasts `days`. */
export async function startPeer(options: SMTPServerOptions = {}, days = 29): Promise<Peer> {
  const notAfter = new Date(Date.now() + days * 86_400_000);
  const { key, certificate } = await makeCertificate({ name: 'mx.example.com', notAfter });
  const server = new SMTPServer({
    name: 'mx.example.com',
    key,
    cert: certificate,
    minVersion: 'TLSv1.2',
    authOptional: true,
    disabledCommands: ['AUTH'],
    logger: false,
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, done) => {
      done(/^[a-z]+@example\.com$/i.test(address) ? null : Object.assign(new Error('No relay'), { responseCode: 550 }));
    },
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on('end', () => done());
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    ca: certificate,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
