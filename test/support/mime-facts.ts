/** Facts of messages written as text: a line feed stands for CR LF, a character for an octet. */
import type { MimeFacts, PartFacts } from '../../policy/screen/message-facts.ts';
import { MimeScanner, type MimeScannerOptions } from '../../protocol/content/mime/mime-scanner.ts';

export function octetsOf(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
}

export function factsOf(
  octets: Buffer,
  options: MimeScannerOptions = {},
  chunks: readonly Buffer[] = [octets],
): MimeFacts {
  const scanner = new MimeScanner(options);
  for (const chunk of chunks) scanner.receive(chunk);
  return scanner.end();
}

export function scanned(text: string, options: MimeScannerOptions = {}, chunks?: readonly Buffer[]): MimeFacts {
  return factsOf(octetsOf(text), options, chunks);
}

export function partsOf(text: string): readonly PartFacts[] {
  return scanned(text).parts;
}

/** Every name of a file that is found, inside others too. */
export function namesOf(text: string): readonly string[] {
  return partsOf(text).flatMap(({ names, namesInside }) => [...names, ...namesInside]);
}

/** Every kind that is found. */
export function typesOf(text: string): readonly string[] {
  return [...new Set(partsOf(text).flatMap(({ types }) => types))];
}

/** What is odd, each as `flag reason`. */
export function reasonsOf(text: string): readonly string[] {
  return scanned(text).structure.map(({ flag, reason }) => `${flag} ${reason}`);
}
