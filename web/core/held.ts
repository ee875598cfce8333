/** Held mail by its reason, and its structure in words. */
import type { HeldAnswer } from '../../functions/admin/contract/answers/held-answer.ts';
import { counted, octetsText } from './words.ts';

export const HELD_STATES = ['held', 'releasing', 'released', 'denied', 'expired'] as const;

export interface Reason {
  readonly rule: string;
  readonly count: number;
}

/** The rules that hold messages, the most frequent first. */
export function reasonsOf(held: readonly HeldAnswer[]): readonly Reason[] {
  const counts = new Map<string, number>();
  for (const { rule } of held) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => ({ rule, count })).sort((a, b) => b.count - a.count);
}

/** Why a message is held: the facts by which the rule holds. */
export function factsText({ screen }: HeldAnswer): string {
  return screen.matches.flatMap(({ facts }) => facts).join('; ');
}

export interface PartRow {
  readonly names: string;
  readonly types: string;
  readonly size: string;
  readonly inside: string;
  readonly isAttachment: boolean;
}

export function partRows({ screen: { parts } }: HeldAnswer): readonly PartRow[] {
  return parts.map(({ names, namesInside, mimeTypes, types, octets, isAttachment }) => ({
    names: names.join(', '),
    types: [...new Set([...mimeTypes, ...types])].join(', '),
    size: octetsText(octets),
    inside: namesInside.length === 0 ? '' : `${counted(namesInside.length, 'name')}: ${namesInside.join(', ')}`,
    isAttachment,
  }));
}

/** Content as text: UTF-8 where it is, else each octet as its Latin-1 letter. Control characters but line ends are shown. */
export function contentText(octets: Uint8Array): string {
  return decoded(octets)
    .replace(/\r\n/g, '\n')
    .replace(
      /[\x00-\x08\x0B-\x1F\x7F-\x9F]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

function decoded(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return Array.from(octets, (octet) => String.fromCharCode(octet)).join('');
  }
}
