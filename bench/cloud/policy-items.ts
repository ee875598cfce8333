/** What the benchmark writes into the tables: one published server, and its user. */
import { randomBytes } from 'node:crypto';
import { BatchWriteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLES } from '../../local/names.ts';
import { DOMAIN_PREFIX, SETTINGS_ITEM } from '../../policy/item.ts';
import { makeVerifier } from '../../policy/password.ts';
import { formatVerifier, SALT_OCTETS } from '../../policy/verifier.ts';
import { BenchError } from '../bench-error.ts';
import { DOMAIN, LOGIN, MAX_MESSAGE_OCTETS, SERVER } from '../identity.ts';
import type { ScreenAttributes } from './screens.ts';

/** Items of one BatchWriteItem, DynamoDB's limit. */
const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 8;

export interface PolicyOptions {
  /** `smtp://…` or `ses`. */
  readonly nextHop: string;
  /** Mail needs AUTH; otherwise there is none. */
  readonly needsLogin: boolean;
  /** Items of screening rules, without `server`. */
  readonly screens: readonly ScreenAttributes[];
}

/** Everything is as it is by default, but for limits that a benchmark from one address would meet. */
function settingsOf({ nextHop, needsLogin }: PolicyOptions) {
  return {
    server: SERVER,
    item: SETTINGS_ITEM,
    hostname: 'submission.postern.test',
    authentication: needsLogin ? 'required' : 'none',
    relay: 'listed-domains',
    defaultNextHop: nextHop,
    maxMessageOctets: MAX_MESSAGE_OCTETS,
    maxConnections: 20_000,
    maxConnectionsPerClient: 20_000,
  };
}

export async function writePolicy(client: DynamoDBClient, options: PolicyOptions): Promise<void> {
  const verifier = await makeVerifier(LOGIN.password, randomBytes(SALT_OCTETS));
  const user = { user: LOGIN.username, enabled: true, verifier: formatVerifier(verifier), servers: new Set([SERVER]) };
  const items = [
    { table: TABLES.policy, item: settingsOf(options) },
    { table: TABLES.policy, item: { server: SERVER, item: `${DOMAIN_PREFIX}${DOMAIN}` } },
    ...options.screens.map((screen) => ({ table: TABLES.policy, item: { server: SERVER, ...screen } })),
    { table: TABLES.users, item: { ...user, senders: new Set([LOGIN.username]) } },
  ];
  await Promise.all(
    items.map(({ table, item }) => client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }))),
  );
}

/** Lists domains, in batches. */
export async function writeDomains(client: DynamoDBClient, domains: readonly string[]): Promise<void> {
  const puts = domains.map((domain) => ({
    PutRequest: { Item: marshall({ server: SERVER, item: `${DOMAIN_PREFIX}${domain}` }) },
  }));
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < puts.length) {
      const batch = puts.slice(next, next + BATCH_ITEMS);
      next += BATCH_ITEMS;
      const { UnprocessedItems = {} } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [TABLES.policy]: batch } }),
      );
      if (Object.keys(UnprocessedItems).length > 0) throw new BenchError('The embedded DynamoDB left items unwritten');
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work));
}
