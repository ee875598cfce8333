/** Renewals of certificates that people ask for, by an event that the function of the server listens to. */
import { STORE_BOUND_MS } from '../../tables/client.ts';
import { RENEWAL_DETAIL_TYPE, RENEWAL_SOURCE } from '../env.ts';

export interface Renewal {
  readonly server: string;
  /** Whether it is renewed though it is not due. */
  readonly force: boolean;
}

export interface Renewals {
  /** Rejects when no one could be told. */
  request(renewal: Renewal): Promise<void>;
}

/** The account's own bus, on which other deployments may be too: the event names this one. */
export class EventBridgeRenewals implements Renewals {
  readonly #deployment: string;

  constructor(deployment: string) {
    this.#deployment = deployment;
  }

  async request({ server, force }: Renewal): Promise<void> {
    // Asked for a few times a year: no other call is to wait for the client to load.
    const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    const Detail = JSON.stringify({ deployment: this.#deployment, server, force });
    const entry = { Source: RENEWAL_SOURCE, DetailType: RENEWAL_DETAIL_TYPE, Detail };
    const abortSignal = AbortSignal.timeout(STORE_BOUND_MS);
    const { Entries = [] } = await new EventBridgeClient({ maxAttempts: 2 }).send(
      new PutEventsCommand({ Entries: [entry] }),
      { abortSignal },
    );
    const problem = Entries[0]?.ErrorMessage;
    if (problem !== undefined) throw new Error(`EventBridge did not take the event: ${problem}`);
  }
}
