/** `name=value`, as words of a command set attributes. */
import { UsageError } from './cli-error.ts';

export type Assignments = Readonly<Record<string, unknown>>;

/**
 * Values as the tables hold them: true, false, whole numbers, text; a list where `lists` says so, parted by commas.
 * Nothing behind the sign is null, which gives an attribute its default back.
 *
 * @throws UsageError for a word without a sign, or a name that stands twice
 */
export function readAssignments(words: readonly string[], lists: readonly string[] = []): Assignments {
  const values = new Map<string, unknown>();
  for (const word of words) {
    const [, name, text] = /^([A-Za-z]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || text === undefined) throw new UsageError(`"${word}" is not of the form name=value`);
    if (values.has(name)) throw new UsageError(`${name} stands there twice`);
    values.set(name, typed(text, lists.includes(name)));
  }
  return Object.fromEntries(values);
}

function typed(text: string, isList: boolean): unknown {
  if (text === '') return null;
  if (isList) return text.split(',').filter((part) => part !== '');
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

/** Without those that are null: there is nothing that they could give back. */
export function withoutNulls(values: Assignments): Assignments {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
