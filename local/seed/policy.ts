/**
 * Seeds the policy of the published servers where there is none, and points the items that name the internal MTA at
 * where it is now. Nothing else of an existing policy is touched.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { DOMAIN_PREFIX, SETTINGS_ITEM } from '../../policy/item.ts';
import { SCREEN_PREFIX } from '../../policy/screen/screen-item.ts';
import { type SeedStore, seedServer } from '../../policy/seed.ts';
import { HOSTNAMES, PUBLISHED_SERVERS, type PublishedServer, TABLES } from '../names.ts';

type Item = Readonly<Record<string, string | ReadonlySet<string>>> & { readonly item: string };

/** What strangers should not send, and what no one can say for certain what it is. */
export const SCREENS: readonly Item[] = [
  {
    item: `${SCREEN_PREFIX}100-executables`,
    attachmentType: new Set(['executable', 'script', 'macro-document']),
    action: 'refuse',
    reply: 'Programs, scripts and documents with macros are not taken here, zipped or not',
  },
  {
    item: `${SCREEN_PREFIX}200-unreadable`,
    structure: new Set(['ambiguous', 'partial', 'unreadable']),
    action: 'hold',
  },
];

/** Attributes that the seed gave the MTA's address. */
const MTA_ATTRIBUTES = [
  { server: 'submission', item: `${DOMAIN_PREFIX}example.com`, attribute: 'nextHop' },
  { server: 'inbound', item: SETTINGS_ITEM, attribute: 'defaultNextHop' },
] as const;

export interface MtaAddress {
  readonly url: string;
  /** Addresses that earlier starts wrote. An item with another one was edited, and is left. */
  readonly earlier: readonly string[];
  /** `POSTERN_MTA_URL` was given: written whatever an item says. */
  readonly isWanted: boolean;
}

/** The first items of a server, without `server`. */
export function seedItems(server: PublishedServer, mtaUrl: string): readonly Item[] {
  const domain = (name: string): Item => ({ item: `${DOMAIN_PREFIX}${name}` });
  const settings: Item = { item: SETTINGS_ITEM, hostname: HOSTNAMES[server] };
  switch (server) {
    case 'submission':
      return [
        { ...domain('example.com'), nextHop: mtaUrl },
        // Programs that send their own mail often end lines with LF alone.
        {
          ...settings,
          authentication: 'required',
          relay: 'any-domain',
          defaultNextHop: 'ses',
          bareNewline: 'normalise',
        },
      ];
    case 'inbound':
      return [
        domain('example.com'),
        domain('example.net'),
        ...SCREENS,
        { ...settings, authentication: 'none', relay: 'listed-domains', defaultNextHop: mtaUrl },
      ];
  }
}

export async function seedDemoPolicy(client: DynamoDBClient, mta: MtaAddress): Promise<void> {
  const store = seedStore(client);
  await Promise.all(PUBLISHED_SERVERS.map((server) => seedServer(store, server, seedItems(server, mta.url))));
  await Promise.all(MTA_ATTRIBUTES.map((place) => pointAtMta(client, place, mta)));
}

/** The one way of seeding (`policy/seed.ts`) on the embedded DynamoDB. */
function seedStore(client: DynamoDBClient): SeedStore {
  return {
    async has(server, item) {
      const Key = marshall({ server, item });
      return (await client.send(new GetItemCommand({ TableName: TABLES.policy, Key }))).Item !== undefined;
    },
    async putUnlessThere(item) {
      const put = new PutItemCommand({
        TableName: TABLES.policy,
        Item: marshall(item),
        ConditionExpression: 'attribute_not_exists(#item)',
        ExpressionAttributeNames: { '#item': 'item' },
      });
      await unlessConditionFails(client.send(put));
    },
  };
}

async function pointAtMta(
  client: DynamoDBClient,
  { server, item, attribute }: (typeof MTA_ATTRIBUTES)[number],
  { url, earlier, isWanted }: MtaAddress,
): Promise<void> {
  const stale = earlier.filter((address) => address !== url);
  if (!isWanted && stale.length === 0) return;
  const names = stale.map((_, index) => `:earlier${index}`);
  const condition = isWanted ? 'attribute_exists(#item)' : `#hop IN (${names.join(', ')})`;
  const values = isWanted ? {} : Object.fromEntries(stale.map((address, index) => [`:earlier${index}`, address]));
  const update = new UpdateItemCommand({
    TableName: TABLES.policy,
    Key: marshall({ server, item }),
    UpdateExpression: 'SET #hop = :url',
    ConditionExpression: condition,
    ExpressionAttributeNames: isWanted ? { '#hop': attribute, '#item': 'item' } : { '#hop': attribute },
    ExpressionAttributeValues: marshall({ ':url': url, ...values }),
  });
  await unlessConditionFails(client.send(update));
}

async function unlessConditionFails(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
