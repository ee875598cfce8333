/**
 * The screening rule and its judge: the facts of a message and its envelope in, a verdict out.
 *
 * All conditions that a rule gives must hold; the values of one are alternatives. Those of attachments must hold for one
 * and the same attachment. An exception takes a rule back only where no reading escapes it: a file that some parsers
 * call `ours.exe` and others `evil.exe` is not excepted by `ours.exe`.
 */
import type { FactNeeds, MimeFacts } from './message-facts.ts';
import type { ScreenConditions } from './screen-conditions.ts';
import { Subject } from './screen-subject.ts';

export const SCREEN_ACTIONS = ['refuse', 'hold', 'forward', 'discard', 'tag', 'accept'] as const;

export type ScreenAction = (typeof SCREEN_ACTIONS)[number];

export interface HeaderTag {
  readonly name: string;
  readonly value: string;
}

export interface ScreenRule {
  /** The item's key. */
  readonly rule: string;
  readonly when: ScreenConditions;
  readonly except: ScreenConditions;
  readonly where: 'subject' | 'body' | 'both';
  readonly action: ScreenAction;
  /** Text of the refusal. */
  readonly reply?: string | undefined;
  /** Canonical address. */
  readonly forwardTo?: string | undefined;
  readonly tag?: HeaderTag | undefined;
  readonly reportOnly: boolean;
}

export interface ScreenEnvelope {
  /** Empty for a bounce. */
  readonly sender: string;
  readonly recipients: readonly string[];
}

export interface ScreenSettings {
  /** What becomes of a message that could not be read to its end, where no rule speaks of that. */
  readonly whenUnreadable: 'hold' | 'refuse' | 'accept';
  /** Nothing is done, all is told. */
  readonly reportOnly: boolean;
}

/** A rule that holds for a message, and by which of its facts. */
export interface ScreenMatch {
  readonly rule: string;
  readonly action: ScreenAction;
  /** One fact a condition, for people: `attachment evil.exe`. */
  readonly facts: readonly string[];
}

export interface ScreenVerdict {
  /** What is done in the end; `accept` where no rule acts. */
  readonly action: Exclude<ScreenAction, 'tag'>;
  /** What decided; absent where nothing did. */
  readonly decisive?: ScreenMatch;
  readonly reply?: string;
  readonly forwardTo?: string;
  /** Fields to put on top, the first one topmost. */
  readonly tags: readonly HeaderTag[];
  /** Rules that tagged. */
  readonly tagged: readonly ScreenMatch[];
  /** What would have been done but for `reportOnly`. */
  readonly reported: readonly ScreenMatch[];
}

/** The rule that stands for `settings.whenUnreadable`. */
export const WHEN_UNREADABLE_RULE = 'settings#whenUnreadable';

const NEEDS = new WeakMap<readonly ScreenRule[], FactNeeds>();

/** Which facts the rules are judged by; known once for a policy's rules, which do not change. */
export function neededFacts(rules: readonly ScreenRule[]): FactNeeds {
  const known = NEEDS.get(rules) ?? needsOf(rules);
  NEEDS.set(rules, known);
  return known;
}

function needsOf(rules: readonly ScreenRule[]): FactNeeds {
  const conditions = rules.flatMap(({ when, except }) => [when, except]);
  return {
    text: rules.some(
      ({ when, except, where }) => where !== 'subject' && (when.words !== undefined || except.words !== undefined),
    ),
    header: conditions.some(
      ({ sender, recipient, header, words }) => (sender ?? recipient ?? header ?? words) !== undefined,
    ),
  };
}

/**
 * Judges a message by rules in their order. The first that holds acts; `tag` and rules that only report do not end the
 * screening.
 *
 * @param match tells by which facts a rule holds; another one knows less of the message than its facts should tell
 */
export function judgeScreen(
  rules: readonly ScreenRule[],
  facts: MimeFacts,
  envelope: ScreenEnvelope,
  settings: ScreenSettings,
  match: typeof matchRule = matchRule,
): ScreenVerdict {
  const subject = new Subject(facts, envelope);
  const tags: HeaderTag[] = [];
  const tagged: ScreenMatch[] = [];
  const reported: ScreenMatch[] = [];
  for (const rule of allRules(rules, settings)) {
    const matched = match(rule, subject);
    if (matched === undefined) continue;
    const held: ScreenMatch = { rule: rule.rule, action: rule.action, facts: matched };
    if (rule.reportOnly || settings.reportOnly) reported.push(held);
    else if (rule.action === 'tag') {
      tagged.push(held);
      if (rule.tag !== undefined) tags.push(rule.tag);
    } else return { ...outcomeOf(rule, rule.action), decisive: held, tags, tagged, reported };
    // A rule that accepts ends the screening, only reported or not: what comes after would not have been asked.
    if (settings.reportOnly && !rule.reportOnly && rule.action !== 'tag') break;
  }
  return { action: 'accept', tags, tagged, reported };
}

function outcomeOf(
  { reply, forwardTo }: ScreenRule,
  action: ScreenVerdict['action'],
): Pick<ScreenVerdict, 'action' | 'reply' | 'forwardTo'> {
  return {
    action,
    ...(action === 'refuse' && reply !== undefined && { reply }),
    ...(action === 'forward' && forwardTo !== undefined && { forwardTo }),
  };
}

const ALL_RULES = new WeakMap<readonly ScreenRule[], Map<ScreenSettings['whenUnreadable'], readonly ScreenRule[]>>();

/** The rules and what `settings` adds to them; made once for a policy's rules, which do not change. */
function allRules(rules: readonly ScreenRule[], settings: ScreenSettings): readonly ScreenRule[] {
  const made = ALL_RULES.get(rules) ?? new Map<ScreenSettings['whenUnreadable'], readonly ScreenRule[]>();
  const all = made.get(settings.whenUnreadable) ?? [...rules, ruleOfSettings(rules, settings)];
  made.set(settings.whenUnreadable, all);
  ALL_RULES.set(rules, made);
  return all;
}

/** `whenUnreadable` as the last rule, for those flags that no rule names; where all are named, it holds for nothing. */
function ruleOfSettings(rules: readonly ScreenRule[], { whenUnreadable }: ScreenSettings): ScreenRule {
  const unnamed = (['unreadable', 'too-deep'] as const).filter(
    (flag) => !rules.some(({ when }) => when.structure?.includes(flag)),
  );
  return {
    rule: WHEN_UNREADABLE_RULE,
    when: { structure: unnamed },
    except: {},
    where: 'both',
    action: whenUnreadable,
    reportOnly: false,
  };
}

/** The fact that a condition holds by; `undefined` where it does not. */
type Ask = (subject: Subject) => string | undefined;

/** What conditions ask of the message as a whole. */
function asksOfMessage(
  { messageOctets, sender, recipient, words, header, structure }: ScreenConditions,
  where: ScreenRule['where'],
): Ask[] {
  const asks: Ask[] = [];
  if (messageOctets !== undefined) asks.push((subject) => subject.messageOver(messageOctets));
  if (sender !== undefined) asks.push((subject) => subject.sender(sender));
  if (recipient !== undefined) asks.push((subject) => subject.recipient(recipient));
  if (words !== undefined) asks.push((subject) => subject.words(words, where));
  if (header !== undefined) asks.push((subject) => subject.field(header));
  if (structure !== undefined) asks.push((subject) => subject.structure(structure));
  return asks;
}

function asksOfAttachments({ attachment, attachmentType, attachmentOctets }: ScreenConditions): boolean {
  return attachment !== undefined || attachmentType !== undefined || attachmentOctets !== undefined;
}

type Except = (subject: Subject) => boolean;

/** What takes a rule back, apart from what it excepts of the attachments that it asks for; more cautious than it asks. */
function exceptionsOf({ when, except, where }: ScreenRule): Except[] {
  const { sender, recipient, ...others } = except;
  const excepts = asksOfMessage(others, where).map(
    (ask): Except =>
      (subject) =>
        ask(subject) !== undefined,
  );
  if (sender !== undefined) excepts.push((subject) => subject.isSenderExcepted(sender));
  if (recipient !== undefined) excepts.push((subject) => subject.areRecipientsExcepted(recipient));
  if (!asksOfAttachments(when) && asksOfAttachments(except)) excepts.push((subject) => subject.hasExcepted(except));
  return excepts;
}

/** What a rule asks at all: most rules ask one thing. */
interface Questions {
  readonly ofMessage: readonly Ask[];
  readonly ofAttachments: boolean;
  readonly exceptions: readonly Except[];
}

const QUESTIONS = new WeakMap<ScreenRule, Questions>();

/** Known once for a rule, which does not change. */
function questionsOf(rule: ScreenRule): Questions {
  const known = QUESTIONS.get(rule);
  if (known !== undefined) return known;
  const { when, where } = rule;
  const questions = {
    ofMessage: asksOfMessage(when, where),
    ofAttachments: asksOfAttachments(when),
    exceptions: exceptionsOf(rule),
  };
  QUESTIONS.set(rule, questions);
  return questions;
}

/** The facts by which a rule holds for a message; `undefined` where it does not. */
export function matchRule(rule: ScreenRule, subject: Subject): readonly string[] | undefined {
  const { ofMessage, ofAttachments, exceptions } = questionsOf(rule);
  const facts: string[] = [];
  for (const ask of ofMessage) {
    const fact = ask(subject);
    if (fact === undefined) return undefined;
    facts.push(fact);
  }
  for (const isExcepted of exceptions) if (isExcepted(subject)) return undefined;
  if (!ofAttachments) return facts;
  const found = subject.attachment(rule.when, rule.except);
  return found === undefined ? undefined : [...facts, ...found];
}
