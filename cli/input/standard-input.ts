/** Reads standard input to its end, or until Ctrl-C. */
import { addAbortSignal } from 'node:stream';
import { Interrupted } from '../cli-error.ts';

/**
 * @param mostOctets a little more may be read, whatever comes after is not
 * @throws Interrupted when `signal` is aborted meanwhile
 */
export async function readStandardInput(
  input: NodeJS.ReadStream,
  signal: AbortSignal,
  mostOctets = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of addAbortSignal(signal, input) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      octets += chunk.length;
      if (octets > mostOctets) break;
    }
  } catch (error) {
    if (signal.aborted) throw new Interrupted('interrupted');
    throw error;
  }
  return Buffer.concat(chunks);
}
