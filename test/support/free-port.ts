/** Ports of 127.0.0.1 for programs that cannot be asked which one they took, and for nobody. */
import { createServer } from 'node:net';

/**
 * Ports that no kernel gives to a connection or to a listener that asks for any: whoever took one that was free a moment
 * ago has chosen it here.
 */
const LOWEST_PORT = 20_000;
const PORT_COUNT = 12_000;

/** One that no one has at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
