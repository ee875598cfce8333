/** What is found in one message while it is scanned, messages inside it included: bounded, and shared by all who look. */
import type { Oddity, PartFacts, StructureFlag } from '../../../../policy/screen/message-facts.ts';
import {
  MAX_ARCHIVE_OCTETS,
  MAX_FALSE_HITS,
  MAX_HEAD_LINES,
  MAX_MESSAGE_TEXT_OCTETS,
  MAX_NAMES_INSIDE,
  MAX_PARTS,
  MAX_READING_OCTETS,
  MAX_SAMPLED_ENTRIES,
  MAX_SLOW_OCTETS,
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
  #headLines = 0;
  #slowOctets = 0;
  #entries = 0;
  #namesInside = 0;
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

  /** Counts a line of a head. */
  startHeadLine(): void {
    this.#headLines += 1;
    if (this.#headLines > MAX_HEAD_LINES) this.giveUp('unreadable', 'too-many-fields');
  }

  /** Counts octets that are looked at one by one. */
  lookSlowly(octets: number): void {
    this.#slowOctets += octets;
    if (this.#slowOctets > MAX_SLOW_OCTETS) this.giveUp('unreadable', 'too-irregular');
  }

  /** Whether one more entry of an archive or a TNEF stream may be looked at: each name may stand in two or three. */
  takeEntry(): boolean {
    this.#entries += 1;
    if (this.#entries <= 3 * MAX_NAMES_INSIDE) return true;
    this.odd('unreadable', 'too-many-names-inside');
    return false;
  }

  /** Whether one more name of a file inside another may be kept. */
  takeNameInside(): boolean {
    this.#namesInside += 1;
    if (this.#namesInside <= MAX_NAMES_INSIDE) return true;
    this.odd('unreadable', 'too-many-names-inside');
    return false;
  }

  /** Octets of text that may be kept of one more part. */
  takeText(octets: number): number {
    const taken = Math.min(octets, MAX_MESSAGE_TEXT_OCTETS - this.#textOctets);
    this.#textOctets += taken;
    return taken;
  }
}
