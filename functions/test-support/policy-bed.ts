/** The tables of `check-policy` in memory, edited as people edit them, with the changes that a stream would tell of. */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { checkBatch } from '../check-policy/check-batch.ts';
import type { CheckPolicyStores } from '../check-policy/check-policy.ts';
import { DynamoPolicyItems } from '../check-policy/dynamo-policy-items.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import type { StreamRecord } from '../tables/embedded/change-feed.ts';
import { withHistory } from '../tables/history-item.ts';
import { dayEvents } from './day-events.ts';
import { TableStreams } from './table-streams.ts';
import { Tables } from './tables.ts';

type Attributes = Readonly<Record<string, unknown>>;

const AT = '2026-03-01T10:00:00.000Z';

export class PolicyBed {
  readonly tables: Tables;
  readonly client: DynamoDBClient;
  readonly stores: CheckPolicyStores;
  readonly #streams: TableStreams;
  /** Writes that the check made. */
  writes = 0;

  private constructor(tables: Tables, streams: TableStreams) {
    this.tables = tables;
    this.#streams = streams;
    this.client = tables.newClient();
    const checking = tables.newClient();
    checking.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        if (context.commandName === 'UpdateItemCommand') this.writes += 1;
        return answer;
      },
      { step: 'initialize' },
    );
    const events = new DynamoEventStore(checking, 'events');
    this.stores = {
      items: new DynamoPolicyItems(checking, 'policy'),
      events: { write: (made) => events.write(made.flatMap(withHistory)) },
    };
  }

  static async start(): Promise<PolicyBed> {
    const streams = new TableStreams(() => Date.parse(AT));
    const tables = await Tables.start((write) => streams.add(write));
    await tables.create('policy');
    await tables.create('users');
    await tables.create('events');
    return new PolicyBed(tables, streams);
  }

  /** Replaces the whole item. */
  async put(server: string, item: string, attributes: Attributes): Promise<void> {
    const Item = marshall({ server, item, ...attributes });
    await this.client.send(new PutItemCommand({ TableName: 'policy', Item }));
  }

  /** Sets one attribute, as one edits a field in the console. */
  async set(server: string, item: string, name: string, value: unknown): Promise<void> {
    await this.client.send(
      new UpdateItemCommand({
        TableName: 'policy',
        Key: marshall({ server, item }),
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: marshall({ ':value': value }),
      }),
    );
  }

  async putUser(user: string, attributes: Attributes): Promise<void> {
    await this.client.send(new PutItemCommand({ TableName: 'users', Item: marshall({ user, ...attributes }) }));
  }

  async deleteUser(user: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: 'users', Key: marshall({ user }) }));
  }

  async delete(server: string, item: string): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: 'policy', Key: marshall({ server, item }) }));
  }

  async item(server: string, item: string): Promise<Attributes | undefined> {
    const { Item } = await this.client.send(
      new GetItemCommand({ TableName: 'policy', Key: marshall({ server, item }), ConsistentRead: true }),
    );
    return Item && unmarshall(Item);
  }

  /** Events of a server on the day of all changes, oldest first. */
  events(server: string): Promise<readonly Attributes[]> {
    return dayEvents(this.client, { server, day: AT.slice(0, 10) });
  }

  /** What changed since the last call, as the function is handed it. */
  changes(): Promise<readonly StreamRecord[]> {
    return this.#streams.take();
  }

  /** Hands over what changed, and what that changed, until nothing does; returns how many rounds had a change. */
  async settle(): Promise<number> {
    for (let rounds = 0; ; rounds += 1) {
      const records = await this.changes();
      if (records.length === 0) return rounds;
      if (rounds > 10) throw new Error('The check never comes to rest');
      const { failed } = await checkBatch(records, this.stores);
      if (failed.length > 0) throw new Error(`${failed.length} changes failed`);
    }
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.tables.stop();
  }
}
