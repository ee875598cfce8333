/** Names in paths and queries as a client writes them. */

/**
 * All but the unreserved characters of RFC 3986 section 2.3. A signature is over a path and query in this very form
 * (a blank is %20, never a plus), so that both ends agree on what was signed.
 */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
