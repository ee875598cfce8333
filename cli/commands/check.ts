import { noMore } from '../arguments.ts';
import { check } from '../check/check.ts';
import { readEgress } from '../check/egress.ts';
import type { Finding, Level } from '../check/finding.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import { counted } from '../output/counted.ts';
import type { Output } from '../output/output.ts';

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'everything in the tables: what is wrong, open, or read by nobody',
  help: `Usage: npm run postern -- check [SERVER] [--cdk FILE]

Looks at all servers with all their items, and at all users; or at one server and its users.

  error     something does not work, or is open: an item that is not in force as it stands, a next hop that the tasks
            may not connect to, a client network that makes an open relay
  warning   likely not what was meant: items that nobody reads, a next hop whose name has no address as seen from
            here, users who can log in nowhere or send as nobody
  note      to know; a note alone is no finding

  --cdk FILE   the egress rules that the next hops are compared with; without it, those of the repository's cdk.json,
               unless the API is on this machine, where nothing holds connections up

Exit code 0: nothing found; 1: errors or warnings, or it could not be checked.
`,
  options: { cdk: { type: 'string' } },
  run: async ({ values: { cdk }, words: [server, ...rest] }, context) => {
    noMore(rest);
    const { api, output } = context;
    const egress = cdk === undefined && api.isLocal ? undefined : readEgress(cdk);
    const findings = await collect(check({ server, egress }, context));
    const sorted = [...findings].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
    if (output.isJson) for (const finding of sorted) output.jsonLine(finding);
    else show(sorted, output);
    return findings.some(({ level }) => level !== 'note') ? 1 : 0;
  },
});

const LEVELS: readonly Level[] = ['error', 'warning', 'note'];

function show(findings: readonly Finding[], output: Output): void {
  output.table(
    [
      { heading: 'LEVEL', cell: ({ level }) => level },
      { heading: 'SERVER', cell: ({ server }) => server },
      { heading: 'ITEM', cell: ({ item }) => item },
      { heading: 'WHAT', cell: ({ problem }) => problem },
    ],
    findings,
    'Nothing found.',
  );
  if (findings.length === 0) return;
  const counts = LEVELS.map((level) => [level, findings.filter((finding) => finding.level === level).length] as const);
  output.line(`${counts.map(([level, count]) => counted(count, level)).join(', ')}.`);
}
