/** Reads the body of a request; `undefined` when it is over the limit, read to its end all the same so that the client hears why. */
import type { IncomingMessage } from 'node:http';

export async function readBody(request: IncomingMessage, maxOctets: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets <= maxOctets) chunks.push(chunk);
  }
  return octets > maxOctets ? undefined : Buffer.concat(chunks);
}
