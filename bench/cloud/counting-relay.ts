/** Stands before the embedded Lambda endpoint, passes every octet on, and counts what is invoked. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { HOST } from '../../local/names.ts';
import { InvocationCounter, type Invocations } from './invocation-counter.ts';

export class CountingRelay {
  /** By the function's name, since the start. */
  readonly invocations: Invocations = new Map();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, (socket) => this.#relay(socket));
  readonly #targetPort: number;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
  }

  static async start(targetPort: number): Promise<CountingRelay> {
    const relay = new CountingRelay(targetPort);
    await new Promise<void>((resolve) => relay.#server.listen(0, HOST, resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(client: Socket): void {
    const target = connect({ port: this.#targetPort, host: HOST, noDelay: true });
    const counter = new InvocationCounter(this.invocations);
    client.on('data', (octets: Buffer) => counter.receive(octets));
    client.pipe(target).pipe(client);
    for (const socket of [client, target]) {
      this.#sockets.add(socket);
      // One end that breaks off breaks the other.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
  }
}
