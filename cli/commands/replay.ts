import { policyDocument, type ReplayAnswer, type ReplayOutcome, replayAnswer } from '../api/answers.ts';
import { path } from '../api/path.ts';
import { noMore, required, timeOption } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { counted } from '../output/counted.ts';
import type { Output } from '../output/output.ts';
import { readJson, readText } from '../text-input.ts';

type ReplayedSession = ReplayAnswer['sessions'][number];

export const replayCommand = defineCommand({
  name: 'replay',
  summary: 'which recorded sessions another policy would have answered differently',
  help: `Usage: npm run postern -- replay SERVER --policy FILE [--since TIME] [--until TIME]

Plays recorded sessions under a policy document that nobody has saved, newest first, and shows each line that would
have been answered differently. docs/admin-api.md tells what the records do not hold.

  --policy FILE   the document, as export writes it; - is standard input
  --since TIME    2026-03-01, 2026-03-01T12:00:00Z, or so long ago: 90m, 2h, 7d; without it, 24 hours
  --until TIME    likewise; without it, now

  npm run postern -- export inbound --output new.json     # edit new.json
  npm run postern -- replay inbound --policy new.json --since 7d
`,
  options: { policy: { type: 'string' }, since: { type: 'string' }, until: { type: 'string' } },
  run: async ({ values, words: [word, ...rest] }, context) => {
    noMore(rest);
    const { api, output, nowMs } = context;
    const server = required(word, 'SERVER');
    const file = required(values.policy, '--policy FILE');
    const policy = readJson(await readText(file, context), file, policyDocument);
    const now = nowMs();
    const body = { policy, since: timeOption(values.since, now), until: timeOption(values.until, now) };
    const sum = new ReplaySum();
    do {
      const { value, raw } = await api.call({
        method: 'POST',
        path: path`/servers/${server}/replay`,
        doing: `replay ${server}`,
        answer: replayAnswer,
        body: { ...body, next: sum.next },
      });
      sum.add(value);
      if (output.isJson) output.jsonLine(raw);
      else for (const session of value.sessions) show(session, output);
      if (sum.next !== undefined) output.progress(`${counted(sum.scanned, 'session')} played, ${sum.different} differ`);
    } while (sum.next !== undefined);
    if (!output.isJson) sum.show(output);
    return 0;
  },
});

class ReplaySum {
  next: string | undefined;
  scanned = 0;
  different = 0;
  #differentAlready = 0;
  #notReplayed = new Map<string, number>();

  add({ scanned, sessions, differentAlready, notReplayed, next }: ReplayAnswer): void {
    this.next = next;
    this.scanned += scanned;
    this.different += sessions.length;
    this.#differentAlready += differentAlready;
    for (const { why } of notReplayed) this.#notReplayed.set(why, (this.#notReplayed.get(why) ?? 0) + 1);
  }

  show(output: Output): void {
    output.line(`${counted(this.scanned, 'session')} played, ${this.different} would have come out differently.`);
    if (this.#differentAlready > 0) {
      output.line(
        `${this.#differentAlready} differ from their records under the policy in force too, and are not shown.`,
      );
    }
    for (const [why, count] of this.#notReplayed) output.line(`${count} not played: ${why}`);
  }
}

function show({ session, at, client, identity, differences }: ReplayedSession, output: Output): void {
  output.line(`${at}  ${session}  ${client}${identity === undefined ? '' : `  ${identity}`}`);
  for (const { line, before, after } of differences) {
    output.line(`  ${line}`);
    output.line(`    was    ${outcomeText(before)}`);
    output.line(`    would  ${outcomeText(after)}`);
  }
}

function outcomeText({ reply, rule, nextHop, unknown }: ReplayOutcome): string {
  const parts = [reply, rule === undefined ? undefined : `rule ${rule}`, nextHop, unknown];
  return parts.filter((part) => part !== undefined).join(', ');
}
