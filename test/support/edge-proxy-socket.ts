/** A connection without a network, whose client is the test: it pushes what the client sends. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export class DeafClientSocket extends Duplex {
  constructor() {
    super({ allowHalfOpen: true });
  }

  /** As the shell sees it: of a socket it uses no more than this one has. */
  asSocket(): Socket {
    return this as unknown as Socket;
  }

  override _read(): void {}

  /** Never done, since the client does not read: `writableLength` is all that was ever written. */
  override _write(_chunk: Buffer, _encoding: BufferEncoding, _done: () => void): void {}
}
