/**
 * The replies to one client that have not been written yet.
 *
 * Replies of one group go out in one write (RFC 2920 section 3.2): what was answered before a command that waits is held
 * for its answer, and for no longer than a moment. A client that had to read it first would not have sent that command.
 */

import type { ReplyHolds } from './reply-holds.ts';
import type { RosterEntry } from './roster.ts';

/** Octets of replies that are written together. */
const MAX_GROUP_OCTETS = 16_384;

export class ReplyGroup {
  readonly #holds: ReplyHolds;
  readonly #write: (replies: string) => void;
  readonly #onDue: () => void;
  #replies = '';
  #held: RosterEntry<() => void> | undefined;

  /**
   * @param holds shared by all connections
   * @param onDue the group is to go out; to call `flush`
   */
  constructor(holds: ReplyHolds, write: (replies: string) => void, onDue: () => void) {
    this.#holds = holds;
    this.#write = write;
    this.#onDue = onDue;
  }

  add(encoded: string): void {
    this.#replies += encoded;
    if (this.#replies.length > MAX_GROUP_OCTETS) this.flush();
  }

  /**
   * Holds the group while a command of it waits for its answer; else writes it at once: what answers a command that came
   * with the end of a TLS handshake leaves in one write with the server's own end of it.
   */
  settle(isWaiting: boolean): void {
    if (this.#replies === '') return;
    if (isWaiting) this.#held ??= this.#holds.hold(this.#onDue);
    else this.flush();
  }

  flush(): void {
    if (this.#held !== undefined) this.#holds.release(this.#held);
    this.#held = undefined;
    if (this.#replies === '') return;
    const replies = this.#replies;
    this.#replies = '';
    this.#write(replies);
  }
}
