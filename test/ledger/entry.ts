/** A letter's page in the ledger: what was tried, and what the client heard. */
import type { Letter } from './letter.ts';

/** `lost`: the connection ended, or the server fell silent, before an answer. */
export type Ending = 'accepted' | 'refused' | 'deferred' | 'lost';

export interface Attempt {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** How often the proxy had been started by then: what a task remembers dies with it. */
  readonly incarnation: number;
  /** Addresses whose RCPT was taken, which is whom the last answer is about. */
  readonly recipients: readonly string[];
  /** Addresses whose RCPT was refused for good. */
  readonly refused: readonly string[];
  /** The terminator was sent: from there on a missing answer is an uncertain one. */
  readonly isTerminated: boolean;
  readonly ending: Ending;
  /** The last reply, or why there was none. */
  readonly reply: string;
}

export interface Entry {
  readonly letter: Letter;
  /** SHA-256 of the content without our Received field. */
  readonly digest: string;
  readonly attempts: Attempt[];
}

/** Whether the server may have taken the message: its end was sent. */
export function wasSent({ isTerminated, recipients }: Attempt): boolean {
  return isTerminated && recipients.length > 0;
}

/** Recipients that were neither taken nor refused for good. */
export function openRecipients({ letter, attempts }: Entry): string[] {
  const settled = new Set<string>();
  for (const { recipients, refused, ending } of attempts) {
    for (const address of refused) settled.add(address);
    if (ending === 'accepted' || ending === 'refused') for (const address of recipients) settled.add(address);
  }
  return letter.recipients.map(({ address }) => address).filter((address) => !settled.has(address));
}
