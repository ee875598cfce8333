/** Reads a small JSON document of another host, which is not trusted to be sane: no redirect, no end without a bound. */

/** Octets, decompressed. Sets of keys have two to twenty thousand. */
const MAX_OCTETS = 262_144;

/**
 * Gives the document at `url`.
 *
 * Rejects when it is not answered by 200 with JSON of at most `MAX_OCTETS`, and when `signal` aborts. A redirect is not
 * followed: whoever can put one there would name another's keys.
 */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, {
    signal,
    redirect: 'manual',
    // A connection kept over the pause between two calls of a function is dead more often than not.
    headers: { accept: 'application/json', connection: 'close' },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const text = await readText(response, url);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes what it read.
    throw new Error(`${url} answered what is not JSON`);
  }
}

async function readText({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of body ?? []) {
    octets += chunk.length;
    if (octets > MAX_OCTETS) throw new Error(`${url} answered more than ${MAX_OCTETS} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What went wrong, with the system's word for it where there is one: `fetch` itself says no more than that it failed. */
export function problemOfFetch(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  const { cause } = error;
  const detail = cause instanceof Error ? `: ${'code' in cause ? String(cause.code) : cause.message}` : '';
  return `${error.message}${detail}`;
}
