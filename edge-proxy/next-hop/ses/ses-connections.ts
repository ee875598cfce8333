/** How the clients of Amazon SES keep their connections. */

/** Milliseconds without an octet, after which a connection to SES that no one uses is closed. */
const IDLE_MS = 20_000;

export interface ConnectionOptions {
  /** Milliseconds in which a connection must stand. */
  readonly connectionTimeout: number;
  readonly maxSockets: number;
}

/**
 * Options of the SDK's request handler. A send has one attempt: a message sent twice is delivered twice. So a connection that is
 * idle is closed long before an endpoint or NAT gateway forgets it, after 350 s, without a word to either side
 * (aws/aws-sdk-js-v3#3624).
 */
export function sesConnections({ connectionTimeout, maxSockets }: ConnectionOptions, idleMs = IDLE_MS) {
  const agent = { maxSockets, keepAlive: true, timeout: idleMs };
  return { connectionTimeout, httpAgent: agent, httpsAgent: agent };
}
