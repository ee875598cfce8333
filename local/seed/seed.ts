/** What a start writes into DynamoDB. In a module of its own so that the SDK loads while DynamoDB starts. */
import { embeddedDynamoDb } from '../dynamodb/client.ts';
import { seedDemoUser } from './demo-user.ts';
import { MtaAddresses } from './mta-address.ts';
import { seedDemoPolicy } from './policy.ts';
import { createTables } from './tables.ts';

export interface Seed {
  /** URL of DynamoDB. */
  readonly endpoint: string;
  readonly home: string;
  /** The demo user's. */
  readonly password: string;
  readonly mta: { readonly url: string; readonly isWanted: boolean };
}

/** Doing it again changes nothing, but for what moved: the MTA's address, the demo password. */
export async function seed({ endpoint, home, password, mta }: Seed): Promise<void> {
  const client = embeddedDynamoDb(endpoint);
  try {
    await createTables(client);
    const addresses = new MtaAddresses(home);
    const earlier = addresses.read();
    addresses.write([...earlier, mta.url]);
    await Promise.all([seedDemoPolicy(client, { ...mta, earlier }), seedDemoUser(client, password)]);
    addresses.write([mta.url]);
  } finally {
    client.destroy();
  }
}
