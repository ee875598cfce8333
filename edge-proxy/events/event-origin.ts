/** What the events of a session have in common, until EHLO, TLS or policy changes it. */
import type { SessionEvent } from '../../policy/event.ts';
import type { Client } from '../../policy/request.ts';
import type { Policy } from '../../policy/snapshot.ts';

export class EventOrigin {
  /** The session's id. */
  readonly id: string;
  readonly client: Client;
  readonly policy: Policy;
  #json: string | undefined;

  constructor(id: string, client: Client, policy: Policy) {
    this.id = id;
    this.client = client;
    this.policy = policy;
  }

  /** As fields of a JSON object, without its braces; made once. */
  get json(): string {
    if (this.#json === undefined) {
      const { version, settings } = this.policy;
      const fields = { session: this.id, client: this.client, policyVersion: version, keepDays: settings.eventDays };
      this.#json = JSON.stringify(fields).slice(1, -1);
    }
    return this.#json;
  }
}

/** Takes over an event of a session. */
export type RecordEvent = (event: SessionEvent, origin: EventOrigin) => void;
