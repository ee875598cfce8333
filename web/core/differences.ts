/** What differs between two sets of attributes. */
import { valueText } from './words.ts';

type Attributes = Readonly<Record<string, unknown>>;

export interface AttributeDifference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const NONE = '(none)';

/** The attributes that differ, in the order of their names; one that is absent is `(none)`. */
export function differencesOf(before: Attributes = {}, after: Attributes = {}): readonly AttributeDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [shown(before[name]), shown(after[name])];
    return was === is ? [] : [{ name, before: was, after: is }];
  });
}

/** The order of strings in a set means nothing. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return NONE;
  const isSet = Array.isArray(value) && value.every((each) => typeof each === 'string');
  const text = valueText(isSet ? [...value].sort() : value);
  return text === '' ? '""' : text;
}
