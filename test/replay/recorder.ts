/** Records sessions as the edge proxy does: events of the machine, completed and written by `record-events`. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { recordEvents } from '../../functions/recording/record-events.ts';
import { DynamoEventStore } from '../../functions/tables/dynamo-event-store.ts';
import type { PosternEvent } from '../../policy/event.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { Answers } from '../support/answers.ts';
import { MachineDriver } from '../support/machine-driver.ts';

export interface RecordedDialogue {
  /** The session's id. */
  readonly name: string;
  /** Flights of the client, octets as Latin-1. */
  readonly flights: readonly string[];
  readonly clientAddress?: string;
  readonly isImplicitTls?: boolean;
  readonly answers?: Partial<Answers>;
  /** Milliseconds between two flights. */
  readonly msBetween: number;
}

export interface RecorderOptions {
  readonly client: DynamoDBClient;
  /** Name of the table *events*. */
  readonly table: string;
  readonly server: string;
  readonly policy: Policy;
}

export class Recorder {
  readonly #store: DynamoEventStore;
  readonly #server: string;
  readonly #policy: Policy;
  #count = 0;

  constructor({ client, table, server, policy }: RecorderOptions) {
    this.#store = new DynamoEventStore(client, table);
    this.#server = server;
    this.#policy = policy;
  }

  /** @param startMs when the session begins, milliseconds since 1970 */
  async record({ name, flights, msBetween, ...options }: RecordedDialogue, startMs: number): Promise<void> {
    const driver = new MachineDriver({ policy: this.#policy, clientAddress: '192.0.2.9', ...options });
    const originMs = driver.nowMs;
    const events: PosternEvent[] = [];
    const take = (): void => {
      for (const event of driver.events.slice(events.length)) {
        this.#count += 1;
        events.push({
          ...event,
          id: `${this.#server}${String(this.#count).padStart(6, '0')}`,
          at: new Date(startMs + driver.nowMs - originMs).toISOString(),
          server: this.#server,
          session: `${this.#server}.${name}`,
          client: { address: options.clientAddress ?? '192.0.2.9', port: 4711, tls: driver.session.isTls },
          policyVersion: this.#policy.version,
          keepDays: this.#policy.settings.eventDays,
        });
      }
    };
    take();
    for (const flight of flights) {
      driver.advance(msBetween);
      driver.send(flight);
      take();
    }
    driver.advance(msBetween);
    driver.end();
    take();
    await recordEvents({ events }, { events: this.#store, counts: { add: () => Promise.resolve(true) } });
  }
}
