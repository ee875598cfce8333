import { noMore } from '../../arguments.ts';
import { check } from '../../check/check.ts';
import { readEgress } from '../../check/egress.ts';
import type { Finding, Level } from '../../check/finding.ts';
import { collect } from '../../collect.ts';
import { defineCommand } from '../../command.ts';
import { resolver } from '../../dns/resolver.ts';
import { counted } from '../../output/counted.ts';
import type { Column, Style } from '../../output/table.ts';

export const checkCommand = defineCommand({
  name: 'check',
  help: `Usage: postern check [SERVER] [--cdk FILE] [--without-dns]

Looks at all servers with all their items, and at all users; or at one server and its users.

  error     something does not work, or is open: an item that is not in force as it stands, a next hop that the tasks
            may not connect to, a command too short for any mail, a client network that makes an open relay
  warning   likely not what was meant: items without effect, a next hop whose name has no address as seen from here, DNS
            records (A, PTR, MX) that are missing or differ, certificates of verified next hops and of issuers that end
            within 21 days, as far as they can be reached from here, users who can log in nowhere or send as no one
  note      to know; a note alone is no finding

  --cdk FILE   the egress rules that the next hops are compared with; without it, those of the repository's cdk.json,
               unless the API is on this machine, where nothing holds connections up
  --without-dns   compares no records with DNS as it is; those of a server on this machine never are

Exit code 0: nothing found; 1: errors or warnings, or it could not be checked.
`,
  places: [['SERVER']],
  options: { cdk: { type: 'string' }, 'without-dns': { type: 'boolean' } },
  run: async ({ values, words: [server, ...rest] }, context) => {
    const { cdk } = values;
    noMore(rest);
    const { api, output, pathOf } = context;
    const egress = cdk === undefined && api.isLocal ? undefined : readEgress(cdk === undefined ? cdk : pathOf(cdk));
    const askDns = api.isLocal || values['without-dns'] === true ? undefined : resolver();
    const findings = await collect(check({ server, egress, askDns }, context));
    const sorted = [...findings].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
    output.list(COLUMNS, sorted, 'Nothing found.');
    if (findings.length > 0) output.footer(`${LEVELS.map((level) => countOf(level, findings)).join(', ')}.`);
    return findings.some(({ level }) => level !== 'note') ? 1 : 0;
  },
});

const LEVELS: readonly Level[] = ['error', 'warning', 'note'];
const STYLES: Readonly<Record<Level, Style>> = { error: 'red', warning: 'yellow', note: 'dim' };

function countOf(level: Level, findings: readonly Finding[]): string {
  return counted(findings.filter((finding) => finding.level === level).length, level);
}

const COLUMNS: readonly Column<Finding>[] = [
  { heading: 'LEVEL', cell: ({ level }) => level, style: ({ level }) => STYLES[level] },
  { heading: 'SERVER', cell: ({ server }) => server },
  { heading: 'ITEM', cell: ({ item }) => item },
  { heading: 'WHAT', cell: ({ problem }) => problem },
];
