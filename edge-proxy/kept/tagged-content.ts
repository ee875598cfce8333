/** A kept message as it leaves: what rules tag it with on top, and fields of these names that its client wrote taken out. */
import type { HeaderTag } from '../../policy/screen/screen-rule.ts';
import { FieldRemover } from '../../protocol/content/field-remover.ts';
import type { KeptContent } from './kept-content.ts';

/** Dot-stuffed as it came; no piece is empty. At once where nothing is to be put on top and nothing is on disk. */
export function taggedContent(
  content: KeptContent,
  tags: readonly HeaderTag[],
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  const pieces = tags.length === 0 ? content.inMemory : undefined;
  return pieces ?? retaggedContent(content, tags);
}

async function* retaggedContent(content: KeptContent, tags: readonly HeaderTag[]): AsyncGenerator<Uint8Array> {
  for (const { name, value } of tags) yield Buffer.from(`${name}: ${value}\r\n`);
  const remover = new FieldRemover(tags.map(({ name }) => name));
  for await (const piece of content.read()) {
    const left = remover.remove(piece);
    if (left.length > 0) yield left;
  }
  const rest = remover.end();
  if (rest.length > 0) yield rest;
}
