/**
 * The memory that an edge proxy may have, from its settings: what stands for one session is bounded, and so is the
 * number of sessions (`maxConnections`; for one address `maxConnectionsPerClient`).
 */

/** Octets; the highest `maxOctets` of the profile `modern`, AUTH's: what is kept of one line. */
const LINE = 12_288;
/** Octets; what Node reads at once. It waits while the session does, and no further octet is read. */
const CHUNK = 65_536;
/** Octets; `MAX_UNREAD_REPLY_OCTETS`, and the effects of one group beyond it (100 replies of 512 at most). */
const UNREAD_REPLIES = 65_536 + 100 * 512;
/** Octets; sockets, timers, the machine and 200 recorded commands of one session, measured and doubled. */
const OBJECTS = 49_152;
/** Octets; OpenSSL's state and buffers, measured and doubled. */
const TLS = 131_072;
/** Octets; events that wait for `record-events` (8 MiB as JSON, five times that in memory), and lines for a reader. */
const EVENTS = 5 * 8_388_608 + 4_194_304;
/**
 * Octets of garbage that V8 lets stand (it collects at 64 MiB of new buffers, and later) and of what malloc keeps of
 * earlier floods. A flood of 1.3 GB a second alone comes to 150 MiB and stays there, however long it lasts.
 */
const GARBAGE = 335_544_320;

/** A session that is greeted and silent. */
export const IDLE_SESSION = OBJECTS;
/** A session that does its worst. */
export const WORST_SESSION = LINE + CHUNK + UNREAD_REPLIES + OBJECTS + TLS;

/** @param idleOctets what the process has without a session */
export function memoryBound(idleOctets: number, sessions: number, perSession = WORST_SESSION): number {
  return idleOctets + sessions * perSession + EVENTS + GARBAGE;
}
