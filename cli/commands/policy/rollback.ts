import type * as z from 'zod';
import { rollbackPlanAnswer } from '../../../functions/admin/contract/answers/history-answer.ts';
import { appliedAnswer } from '../../../functions/admin/contract/answers/policy-document.ts';
import type { Answer } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { path } from '../../api/path.ts';
import { noMore, required } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { confirm } from '../../input/ask.ts';
import { counted } from '../../output/counted.ts';
import { showSteps, versionOrTime } from './history.ts';

type Applied = z.output<typeof appliedAnswer>;

const CONFLICT = 409;
/** Milliseconds after which a change is recorded, as a rule, and how often that is waited for. */
const WAIT_MS = 2000;
const MOST_WAITS = 5;

export const rollbackCommand = defineCommand({
  name: 'rollback',
  help: `Usage: postern rollback SERVER VERSION|TIME [--dry-run] [--yes]

Makes the policy of a server what it was at a version of its history, or at a time. The plan is shown first, and asked
about where there is a terminal. Then items are written one by one, in an order in which no step opens the server.
Broken off, it is repeated with the same command, and goes on where it stopped. The rollback is a version too, so it
can be taken back.

  VERSION     as postern history names it
  --dry-run   shows the plan, and changes nothing
  --yes       asks nothing

  postern rollback inbound 20260301T100000-1a2b3c4d
  postern rollback inbound yesterday --dry-run
`,
  places: [['SERVER']],
  options: { 'dry-run': { type: 'boolean' }, yes: { type: 'boolean' } },
  run: async ({ values, words: [word, named, ...rest] }, context) => {
    noMore(rest);
    const server = required(word, 'SERVER');
    const version = versionOrTime(required(named, 'VERSION'), context.clock());
    const isDry = values['dry-run'] === true;
    const {
      value: plan,
      raw,
      etag,
    } = await context.api.call({
      method: 'POST',
      path: path`/servers/${server}/rollback`,
      doing: `roll ${server} back`,
      answer: rollbackPlanAnswer,
      body: { version, dryRun: true },
    });
    const { output } = context;
    if (output.isJson) {
      if (isDry) output.json(raw);
    } else showSteps(plan.steps, `Nothing would change: ${server} is as it was at ${plan.version}.`, output);
    if (isDry) return 0;
    if (plan.steps.length > 0) {
      const what = `${counted(plan.steps.length, 'item')} of ${server} become what they were at ${plan.version}.`;
      await confirm({ what, isForced: values.yes === true, option: '--yes' }, context);
    }
    return rollBack({ server, version: plan.version, etag }, context);
  },
});

interface Rollback {
  readonly server: string;
  readonly version: string;
  /** The tag of the policy for which the plan was made. */
  readonly etag: string | undefined;
}

async function rollBack({ server, version, etag }: Rollback, context: Context): Promise<number> {
  const { output } = context;
  let changed = 0;
  for (let tag = etag; ; ) {
    const answer = await step({ server, version, etag: tag }, context);
    const { done, left, applied } = answer.value;
    const count = applied.put.length + applied.deleted.length;
    changed += count;
    tag = answer.etag;
    if (done) break;
    if (count === 0) throw new CliError(`cannot roll ${server} back: nothing goes on; try again`);
    output.progress(`${server}: ${counted(changed, 'item')} changed, ${left} left`);
  }
  if (output.isJson) output.json({ done: true, version, changed });
  else output.line(`${server}: the policy is as it was at ${version}, ${counted(changed, 'item')} changed`);
  return 0;
}

/** Goes on as soon as what the step before has changed is recorded. */
async function step({ server, version, etag }: Rollback, context: Context): Promise<Answer<Applied>> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await context.api.call({
        method: 'POST',
        path: path`/servers/${server}/rollback`,
        doing: `roll ${server} back`,
        answer: appliedAnswer,
        body: { version },
        // What was shown is done, and nothing else.
        ...(etag === undefined ? {} : { headers: { 'if-match': etag } }),
      });
    } catch (error) {
      const isEarly = error instanceof ApiError && error.status === CONFLICT;
      if (!isEarly || waits === MOST_WAITS || context.signal.aborted) throw error;
      context.output.status(`${server}: waits until all changes are recorded`);
      await context.sleep(WAIT_MS);
    }
  }
}
