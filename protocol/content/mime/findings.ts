/** What is found in one message while it is scanned, messages inside it included: bounded, and shared by all who look. */
import type { Oddity, PartFacts, StructureFlag } from '../../../policy/screen/message-facts.ts';
import {
  MAX_ARCHIVE_OCTETS,
  MAX_FALSE_HITS,
  MAX_MESSAGE_TEXT_OCTETS,
  MAX_PARTS,
  MAX_READING_OCTETS,
  MAX_SAMPLED_ENTRIES,
} from './limits.ts';

export class Findings {
  readonly parts: PartFacts[] = [];
  readonly text: string[] = [];
  readonly #structure = new Map<string, Oddity>();
  #oddities = 0;
  #startedParts = 0;
  #falseHits = 0;
  #textOctets = 0;
  #readingBudget = MAX_READING_OCTETS;
  /** Octets that may still be inflated. */
  inflateBudget = MAX_ARCHIVE_OCTETS;
  /** Files in archives whose first octets may still be looked at. */
  sampleBudget = MAX_SAMPLED_ENTRIES;
  /** Set when a bound was passed: nothing more is looked at. */
  isOver = false;

  get structure(): readonly Oddity[] {
    return [...this.#structure.values()];
  }

  /** How often something odd was told of, each reason as often as it was. */
  get oddities(): number {
    return this.#oddities;
  }

  odd(flag: StructureFlag, reason: string): void {
    this.#oddities += 1;
    const key = `${flag} ${reason}`;
    if (!this.#structure.has(key)) this.#structure.set(key, { flag, reason });
  }

  /** A bound is passed: the message is not read any further. */
  giveUp(flag: 'unreadable' | 'too-deep', reason: string): void {
    if (this.isOver) return;
    this.odd(flag, reason);
    this.isOver = true;
  }

  startPart(): void {
    this.#startedParts += 1;
    if (this.#startedParts > MAX_PARTS) this.giveUp('unreadable', 'too-many-parts');
  }

  /** Counts something that looked like structure, and what it cost. */
  falseHit(hits = 1): void {
    this.#falseHits += hits;
    if (this.#falseHits > MAX_FALSE_HITS) this.giveUp('unreadable', 'too-many-delimiters');
  }

  /** Whether so many octets may still be looked through for the values of parameters. */
  takeReading(octets: number): boolean {
    this.#readingBudget -= octets;
    if (this.#readingBudget < 0) this.giveUp('unreadable', 'too-many-parameters');
    return !this.isOver;
  }

  /** Octets of text that may be kept of one more part. */
  takeText(octets: number): number {
    const taken = Math.min(octets, MAX_MESSAGE_TEXT_OCTETS - this.#textOctets);
    this.#textOctets += taken;
    return taken;
  }
}
