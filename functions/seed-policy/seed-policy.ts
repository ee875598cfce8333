/** The rule of the seed: a deployment gives a server its first policy, and from then on the policy is people's. */
import { type SeedStore, seedServer } from '../../policy/seed.ts';
import { logLine } from '../log.ts';
import type { FirstItemsEvent } from './first-items-event.ts';

export interface SeedAnswer {
  /** The same for ever: CloudFormation deletes a resource whose id changes. */
  readonly PhysicalResourceId: string;
}

/** Seeds at creation and at every change of the first items; a deletion leaves the policy where it is. */
export async function seedPolicy(event: FirstItemsEvent, store: SeedStore): Promise<SeedAnswer> {
  const { Server: server, Items: items } = event.ResourceProperties;
  const outcome = event.RequestType === 'Delete' ? 'left' : await seedServer(store, server, items);
  logLine({ function: 'seed-policy', server, outcome });
  return { PhysicalResourceId: `first-items-${server}` };
}
