/** Domains as their owners write them. */
import { domainToUnicode } from 'node:url';

/** The name in Unicode; nothing where that is the same, or there is none. */
export function unicodeName(domain: string): string | undefined {
  const name = domain.includes('xn--') ? domainToUnicode(domain) : '';
  return name === '' || name === domain ? undefined : name;
}
