/** The items of a policy document, as the table has them, and what is wrong with each. */

import {
  type PolicyAnswer,
  type PolicyDocument,
  SECTIONS,
  type Section,
} from '../../functions/admin/contract/answers/policy-document.ts';
import { CLIENT_PREFIX, COMMAND_PREFIX, DOMAIN_PREFIX, ISSUER_PREFIX, SENDER_PREFIX } from '../../policy/item.ts';
import { SCREEN_PREFIX } from '../../policy/screen/screen-item.ts';
import { makeSnapshot, type Snapshot } from '../../policy/snapshot.ts';
import type { Finding } from './finding.ts';

const PREFIXES: Readonly<Record<Section, string>> = {
  commands: COMMAND_PREFIX,
  domains: DOMAIN_PREFIX,
  clients: CLIENT_PREFIX,
  senders: SENDER_PREFIX,
  issuers: ISSUER_PREFIX,
  screens: SCREEN_PREFIX,
};

/** A server as `check` looks at it. */
export interface CheckedServer {
  readonly server: string;
  readonly document: PolicyDocument;
  /** As an edge proxy would make it of the same items; what is broken is not in it. */
  readonly snapshot: Snapshot;
}

export function checkedServer(server: string, document: PolicyDocument): CheckedServer {
  const items = SECTIONS.flatMap((section) =>
    Object.entries(document[section] ?? {}).map(([name, given]) => ({ ...given, item: `${PREFIXES[section]}${name}` })),
  );
  return { server, document, snapshot: makeSnapshot([{ ...document.settings, item: 'settings' }, ...items]) };
}

/** Items that are not in force as they stand: as the API says, and as this version reads them itself. */
export function brokenItems({ server, snapshot }: CheckedServer, { problems }: PolicyAnswer): Finding[] {
  const said = new Set(problems.map(({ item }) => item));
  const own = snapshot.problems.filter(({ item }) => !said.has(item));
  return [...problems, ...own].map(({ item, problem }) => ({ level: 'error', server, item, problem }));
}
