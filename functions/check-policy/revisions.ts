/**
 * Tells edge proxies that items changed: each look of theirs reads the settings alone, and all else when these are others
 * than before. So a change of another item gives the server's settings a new `revision`.
 */
import { ownAttributes, SNAPSHOT_PREFIXES } from '../../policy/item.ts';
import { inParallel } from '../in-parallel.ts';
import { logProblem, problemOfError } from '../log.ts';
import { isSameImage } from '../tables/attributes.ts';
import type { PolicyItems } from './policy-items.ts';
import type { ChangeRecord, ItemRecord } from './stream-record.ts';

/** Servers whose settings are written side by side. */
const AT_ONCE = 10;

/**
 * Gives the settings of each server in the batch the revision of its last change. Once a batch, so that a document of ten
 * thousand networks is a hundred writes; written twice it changes nothing. Returns the changes whose servers were not told,
 * since the table did not answer.
 */
export async function markRevisions(
  changes: readonly ChangeRecord[],
  items: Pick<PolicyItems, 'revise'>,
): Promise<readonly ItemRecord[]> {
  const ofSnapshots = changes.filter((change) => change.kind === 'item' && isOfSnapshot(change));
  const byServer = Map.groupBy(ofSnapshots as readonly ItemRecord[], ({ server }) => server);
  const untold = await inParallel([...byServer], AT_ONCE, async ([server, own]) => {
    try {
      await items.revise(server, own.at(-1)?.order ?? '');
      return [];
    } catch (error) {
      logProblem({ server, problem: `Cannot tell of a change of policy: ${problemOfError(error)}` });
      return own;
    }
  });
  return untold.flat();
}

/** Whether a snapshot may be another by it: not by what Postern writes about an item. Settings are read at each look. */
function isOfSnapshot({ item, before, after }: ItemRecord): boolean {
  if (!SNAPSHOT_PREFIXES.some((prefix) => item.startsWith(prefix))) return false;
  return before === undefined || after === undefined || !isSameImage(ownAttributes(before), ownAttributes(after));
}
