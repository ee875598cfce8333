/** Puts TLS on a connection, as its server. */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

const ignore = (): void => undefined;

/**
 * Takes every listener off a socket that is nobody's any more. V8 keeps the two sockets of a TLS connection until its next
 * full collection, and whatever listens to them with them: sessions of a second ago, copied by every scavenge until then.
 */
function leaveAlone(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', ignore);
}

/**
 * Wraps `raw` once all that was written to it is out, and hands over the secured socket before its handshake.
 *
 * Until then `raw` keeps its listeners, whose owner drops what comes in the clear: the client sends its ClientHello
 * only behind our last reply, so everything before it was injected.
 *
 * @param mustFlush whether a reply in the clear is under way
 */
export function startTls(
  raw: Socket,
  secureContext: SecureContext,
  mustFlush: boolean,
  onSecured: (secured: TLSSocket) => void,
): void {
  const wrap = (): void => {
    if (raw.destroyed) return;
    leaveAlone(raw);
    const secured = new TLSSocket(raw, { isServer: true, secureContext });
    // A TLSSocket that no tls.Server made tells of a broken record, or of one negotiation too many, by this event alone.
    secured.on('_tlsError', () => secured.destroy());
    onSecured(secured);
    secured.once('close', () => leaveAlone(secured));
  };
  if (mustFlush) raw.write('', wrap);
  else wrap();
}
