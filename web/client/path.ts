/** Paths of the API with names in them. */
import { percentEncoded } from '../../functions/admin/contract/percent-encoded.ts';

/** A path whose parts in braces are names, percent-encoded, slashes too. */
export function path(strings: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: strings }, ...names.map(percentEncoded));
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** A path with those of the parameters that have a value. */
export function withQuery(base: string, parameters: Query): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  const query = given.map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(`${value}`)}`);
  return query.length === 0 ? base : `${base}?${query.join('&')}`;
}
