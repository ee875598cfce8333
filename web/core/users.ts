/** What users may do, in words and as they are typed. */
import { textOf } from './events.ts';
import { listOfWords } from './settings.ts';
import { valueText } from './words.ts';

export const LIMITS = [
  ['messagesPerHour', 'Messages an hour'],
  ['messagesPerDay', 'Messages a day'],
  ['recipientsPerHour', 'Recipients an hour'],
  ['recipientsPerDay', 'Recipients a day'],
] as const;

type Attributes = Readonly<Record<string, unknown>>;

function attributesOf(value: unknown): Attributes {
  return typeof value === 'object' && value !== null ? (value as Attributes) : {};
}

/** `100 messages an hour`. */
export function limitsText(limits: unknown): string {
  const given = attributesOf(limits);
  return LIMITS.flatMap(([name, words]) =>
    given[name] === undefined ? [] : [`${textOf(given[name])} ${words.toLowerCase()}`],
  ).join(', ');
}

/** How much of a limit is used up now. */
export function usedText(used: unknown, name: string, limits: unknown): string {
  const [sent, limit] = [attributesOf(used)[name], attributesOf(limits)[name]];
  const span = name.endsWith('Hour') ? 'this hour' : 'today';
  if (sent === undefined) return limit === undefined ? 'Empty is no limit' : '';
  return limit === undefined
    ? `${textOf(sent)} ${span}; no limit`
    : `${textOf(sent)} of ${textOf(limit)} used up ${span}`;
}

export interface UserForm {
  readonly enabled: boolean;
  readonly mayBounce: boolean;
  readonly servers: string;
  readonly senders: string;
  readonly note: string;
  /** As typed; empty is no limit. */
  readonly limits: Readonly<Record<string, string>>;
}

export function userForm(user: Attributes): UserForm {
  const limits = attributesOf(user.limits);
  return {
    enabled: user.enabled !== false,
    mayBounce: user.mayBounce !== false,
    servers: valueText(user.servers),
    senders: valueText(user.senders),
    note: textOf(user.note),
    limits: Object.fromEntries(LIMITS.map(([name]) => [name, textOf(limits[name])])),
  };
}

/** What is sent for what was changed in a form (RFC 7396): null takes an attribute away. Empty where nothing was. */
export function userPatch(before: UserForm, after: UserForm): Attributes {
  const limits = Object.fromEntries(
    LIMITS.filter(([name]) => before.limits[name] !== after.limits[name]).map(([name]) => [
      name,
      limitOf(after.limits[name] ?? ''),
    ]),
  );
  return {
    ...(before.enabled === after.enabled ? {} : { enabled: after.enabled }),
    ...(before.mayBounce === after.mayBounce ? {} : { mayBounce: after.mayBounce }),
    ...(before.servers === after.servers ? {} : { servers: listOfWords(after.servers) }),
    ...(before.senders === after.senders ? {} : { senders: listOfWords(after.senders) }),
    ...(before.note === after.note ? {} : { note: after.note === '' ? null : after.note }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

function limitOf(text: string): unknown {
  const typed = text.trim();
  if (typed === '') return null;
  return /^\d{1,12}$/.test(typed) ? Number(typed) : typed;
}
