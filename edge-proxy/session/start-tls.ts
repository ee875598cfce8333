/** Puts TLS on a connection, as its server. */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

const ignore = (): void => undefined;

/**
 * Takes every listener off a socket that is no one's any more. V8 keeps the two sockets of a TLS connection until its next
 * full collection, and whatever listens to them with them: sessions of a second ago, copied by every scavenge until then.
 */
function leaveAlone(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', ignore);
}

/**
 * Names by which a client may say in its handshake that it means SMTP; Exim takes the same. There is none in IANA's
 * registry, and nearly every mail program offers none at all.
 */
const ALPN_PROTOCOLS = ['smtp', 'esmtp'];

/**
 * Puts TLS on `raw`, to which all that was said in the clear has been written, and returns the secured socket before its
 * handshake. The listeners of `raw` are taken off.
 *
 * A client that offers other protocols alone (ALPN) means another server: it hears `no_application_protocol` (RFC 7301
 * section 3.2), so that no browser is led to speak HTTP to us (ALPACA). One that offers none is served.
 */
export function startTls(raw: Socket, secureContext: SecureContext): TLSSocket {
  leaveAlone(raw);
  const secured = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: ALPN_PROTOCOLS });
  // A TLSSocket that no tls.Server made tells of a broken record by this event alone.
  secured.on('_tlsError', () => secured.destroy());
  secured.once('close', () => leaveAlone(secured));
  return secured;
}
