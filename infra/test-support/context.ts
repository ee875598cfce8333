/** The context of cdk.json, as it is and with changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CDK_JSON = join(import.meta.dirname, '..', '..', 'cdk.json');

type Fields = Readonly<Record<string, unknown>>;

/** All of it: feature flags, and the block `postern`. */
export const CDK_CONTEXT: Fields = JSON.parse(readFileSync(CDK_JSON, 'utf8')).context;

export const SAMPLE = CDK_CONTEXT.postern as Fields & { readonly servers: readonly Fields[] };

/** The sample with its first server changed; a field that is `undefined` goes. */
export function sampleWith(change: Fields, others: Fields = {}): Fields {
  const [first, ...rest] = SAMPLE.servers;
  return { ...SAMPLE, ...others, servers: [{ ...first, ...change }, ...rest] };
}

/** The sample with its servers in the plural: each change makes one of the first server, names apart. */
export function sampleOf(changes: readonly Fields[], others: Fields = {}): Fields {
  const [first] = SAMPLE.servers;
  const servers = changes.map((change, index) => ({
    ...first,
    name: `mx${index}`,
    policy: policyOf(index),
    ...change,
  }));
  return { ...SAMPLE, ...others, servers };
}

function policyOf(index: number): readonly Fields[] {
  return [{ item: 'settings', hostname: `mx${index}.example.com`, defaultNextHop: 'ses' }];
}
