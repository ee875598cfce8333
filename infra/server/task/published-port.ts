/** A port that clients know, and the one behind it that an unprivileged process listens on. */
import type { PublishedPort } from '../../configuration/server/server.ts';

export interface ContainerListener {
  readonly port: number;
  /** `tls`: from the first octet, as clients of port 465 expect (RFC 8314 section 3.3). */
  readonly mode: 'starttls' | 'tls';
}

export const CONTAINER_LISTENERS = {
  25: { port: 2525, mode: 'starttls' },
  587: { port: 2587, mode: 'starttls' },
  465: { port: 2465, mode: 'tls' },
} as const satisfies Record<PublishedPort, ContainerListener>;

/** Where a task answers `GET /health`. */
export const HEALTH_PORT = 8025;
