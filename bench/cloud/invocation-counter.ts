/** Counts invocations of the Lambda API in the octets of one connection to it. */

const REQUEST = /POST \/2015-03-31\/functions\/([^/\s]+)\/invocations/g;
/** Octets kept of what came, which may hold half a request line: a function's name has 140 at most, as an ARN. */
const KEPT_OCTETS = 256;

export type Invocations = Map<string, number>;

export class InvocationCounter {
  readonly #invocations: Invocations;
  #tail = '';

  constructor(invocations: Invocations) {
    this.#invocations = invocations;
  }

  receive(octets: Buffer): void {
    const text = this.#tail + octets.toString('latin1');
    let counted = 0;
    for (const match of text.matchAll(REQUEST)) {
      const name = decodeURIComponent(match[1] ?? '');
      this.#invocations.set(name, (this.#invocations.get(name) ?? 0) + 1);
      counted = match.index + match[0].length;
    }
    // Nothing is counted twice: what was matched is not kept.
    this.#tail = text.slice(Math.max(counted, text.length - KEPT_OCTETS));
  }
}
