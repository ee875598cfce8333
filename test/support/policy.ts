/** Policies for tests, made from items as people write them. */
import type { PolicyAttributes } from '../../policy/item.ts';
import { makeSnapshot, type Policy } from '../../policy/snapshot.ts';

/** An open server, so that a test names only what it is about. */
export const OPEN_SETTINGS = {
  hostname: 'mx.example.com',
  authentication: 'none',
  defaultNextHop: 'smtp://mta.example.com:25',
} as const;

/** Throws when an attribute or an item does not parse: a test that sets a wrong name tests nothing. */
export function testPolicy(settings: PolicyAttributes = {}, items: readonly PolicyAttributes[] = []): Policy {
  const { policy, problems } = makeSnapshot([{ item: 'settings', ...OPEN_SETTINGS, ...settings }, ...items]);
  if (policy === undefined || problems.length > 0) {
    throw new TypeError(`Cannot make the test's policy: ${JSON.stringify(problems)}`);
  }
  return policy;
}
