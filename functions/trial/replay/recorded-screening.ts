/**
 * Judges a recorded message by screening rules anew: by its facts, as far as its event holds them.
 *
 * Content is never recorded, so that what a rule asks of words, of fields or of the addresses in them is known from the
 * record alone: a rule that stands unchanged held for the message where the record says so. Of every other one no one
 * knows, unless its other conditions do not hold anyway.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ScreenRecord } from '../../../policy/event.ts';
import type { MimeFacts } from '../../../policy/screen/message-facts.ts';
import type { ScreenConditions } from '../../../policy/screen/screen-conditions.ts';
import {
  judgeScreen,
  matchRule,
  type ScreenEnvelope,
  type ScreenRule,
  WHEN_UNREADABLE_RULE,
} from '../../../policy/screen/screen-rule.ts';
import type { Subject } from '../../../policy/screen/screen-subject.ts';
import type { Policy } from '../../../policy/snapshot.ts';
import { MAX_RECORDED, MAX_RECORDED_NAME, recordOf, type Screened } from '../../../protocol/content/screening.ts';
import type { DryScreening } from '../dry-run.ts';

/** What is known of a message that was screened, or was not. */
export interface RecordedMessage {
  /** Absent where its server had no screening rules then. */
  readonly screen: ScreenRecord | undefined;
  readonly octets: number;
}

type Condition = keyof ScreenConditions;

const OF_PARTS = ['attachment', 'attachmentType', 'attachmentOctets'] as const satisfies readonly Condition[];
/** Their exceptions look at the envelope alone, which is recorded. */
const OF_ENVELOPE = ['sender', 'recipient'] as const satisfies readonly Condition[];
const OF_CONTENT = ['words', 'header'] as const satisfies readonly Condition[];
const CONDITIONS: readonly Condition[] = [...OF_PARTS, ...OF_ENVELOPE, ...OF_CONTENT, 'structure', 'messageOctets'];

export class RecordedScreening implements DryScreening {
  readonly #policy: Policy;
  readonly #envelope: ScreenEnvelope;
  readonly #readMessage: () => RecordedMessage;
  /** Rules that were in force when it was screened, as far as anybody knows. */
  readonly #rules: readonly ScreenRule[];
  #unknown: string | undefined;

  /**
   * @param envelope may still change
   * @param message asked at its end
   */
  constructor(policy: Policy, envelope: ScreenEnvelope, message: () => RecordedMessage, rules: readonly ScreenRule[]) {
    this.#policy = policy;
    this.#envelope = envelope;
    this.#readMessage = message;
    this.#rules = rules;
  }

  /** Why the verdict is not known; the one that `end` gave is of no worth then. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  receive(): void {
    // A message that is played is a filler.
  }

  end(): Screened {
    const message = this.#readMessage();
    const facts = factsOf(message);
    const { screens, settings } = this.#policy;
    const verdict = judgeScreen(screens, facts, this.#envelope, settings, (rule, subject) =>
      this.#match(rule, subject, message.screen),
    );
    return { verdict, record: recordOf(verdict, facts) };
  }

  #match(rule: ScreenRule, subject: Subject, screen: ScreenRecord | undefined): readonly string[] | undefined {
    const matched = matchRule(rule, subject);
    const asked = notRecorded(rule, subject, screen);
    if (asked.length === 0) return matched;
    if (matchRule(without(rule, asked), subject) === undefined) return undefined;
    const recorded = this.#asRecorded(rule, screen);
    if (recorded !== 'unknown') return recorded;
    const acts = rule.action !== 'tag' && !rule.reportOnly && !this.#policy.settings.reportOnly;
    if (acts) this.#unknown ??= `${rule.rule} asks for ${asked.join(', ')}: not recorded`;
    return undefined;
  }

  /** The facts by which a rule that has not changed held; `unknown` where it was not asked, or has changed. */
  #asRecorded(rule: ScreenRule, screen: ScreenRecord | undefined): readonly string[] | undefined | 'unknown' {
    if (screen === undefined || !this.#rules.some((each) => isDeepStrictEqual(each, rule))) return 'unknown';
    const held = [...screen.matches, ...screen.reported].find((match) => match.rule === rule.rule);
    if (held !== undefined) return held.facts;
    // Rules after the one that decided were not asked.
    return screen.rule !== undefined && rule.rule > screen.rule ? 'unknown' : undefined;
  }
}

/** Conditions of a rule of which a record does not tell whether they hold. */
function notRecorded(
  { rule, when, except }: ScreenRule,
  subject: Subject,
  screen: ScreenRecord | undefined,
): readonly Condition[] {
  const holds = (...names: readonly Condition[]): boolean =>
    names.some((name) => when[name] !== undefined) &&
    matchRule({ ...NO_RULE, when: only(when, names), except: only(except, names) }, subject) !== undefined;
  const has = (name: Condition): boolean => when[name] !== undefined || except[name] !== undefined;
  // A message that was not screened is taken for readable: nearly all are.
  const isStructureKnown = isWhole(screen?.structure) || rule === WHEN_UNREADABLE_RULE || holds('structure');
  const ofStructure = isStructureKnown ? [] : (['structure'] as const).filter(has);
  const ofParts = arePartsWhole(screen) || holds(...OF_PARTS) ? [] : OF_PARTS.filter(has);
  return [
    ...OF_CONTENT.filter(has),
    ...OF_ENVELOPE.filter((name) => when[name] !== undefined && !holds(name)),
    ...ofStructure,
    ...ofParts,
  ];
}

const NO_RULE: ScreenRule = { rule: '', when: {}, except: {}, where: 'both', action: 'refuse', reportOnly: false };

function only(conditions: ScreenConditions, names: readonly Condition[]): ScreenConditions {
  return Object.fromEntries(Object.entries(conditions).filter(([name]) => names.some((each) => each === name)));
}

function without(rule: ScreenRule, names: readonly Condition[]): ScreenRule {
  const others = CONDITIONS.filter((name) => !names.includes(name));
  return { ...rule, when: only(rule.when, others), except: only(rule.except, [...others, ...OF_ENVELOPE]) };
}

function factsOf({ screen, octets }: RecordedMessage): MimeFacts {
  const { parts = [], structure = [] } = screen ?? {};
  return { octets, parts, structure, header: [], text: [] };
}

/** Whether a list of a record is all that there was. */
function isWhole(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length < MAX_RECORDED;
}

function arePartsWhole(screen: ScreenRecord | undefined): boolean {
  if (screen === undefined || screen.partsOmitted !== undefined) return false;
  return screen.parts.every(({ names, namesInside, mimeTypes }) =>
    [names, namesInside, mimeTypes].every(
      (list) => isWhole(list) && list.every((text) => text.length <= MAX_RECORDED_NAME),
    ),
  );
}
