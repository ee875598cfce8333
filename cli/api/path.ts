/** Paths of the API with names in them. */
import { percentEncoded } from '../../functions/admin/contract/percent-encoded.ts';
import { UsageError } from '../cli-error.ts';

/**
 * A path whose parts in braces are names, percent-encoded, slashes too.
 *
 * @throws UsageError for a name that a URL cannot hold, since it means a place there
 */
export function path(strings: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: strings }, ...names.map(encoded));
}

function encoded(name: string): string {
  if (name === '.' || name === '..' || name === '') throw new UsageError(`"${name}" is no name`);
  if (!name.isWellFormed()) throw new UsageError('A name holds half a character');
  return percentEncoded(name);
}

/** A path with those of the parameters that have a value. */
export function withQuery(base: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = given.map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(`${value}`)}`);
  return query.length === 0 ? base : `${base}?${query.join('&')}`;
}
