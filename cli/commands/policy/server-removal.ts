/** Removes a server with all its items. */
import { appliedAnswer } from '../../../functions/admin/contract/answers/policy-document.ts';
import { serverAnswer } from '../../../functions/admin/contract/answers/server-answer.ts';
import { path, withQuery } from '../../api/path.ts';
import { CliError } from '../../cli-error.ts';
import type { Context } from '../../context.ts';
import { confirm } from '../../input/ask.ts';
import { counted } from '../../output/counted.ts';

/** Seconds of one call, so that there is something to tell meanwhile. */
const CALL_SECONDS = 3;

export async function removeServer(server: string, isForced: boolean, context: Context): Promise<number> {
  const { api, output } = context;
  const at = path`/servers/${server}`;
  // Asked for a server that is none, there is nothing to confirm.
  if (!isForced) await api.call({ path: at, doing: `remove ${server}`, answer: serverAnswer });
  await confirm(
    { what: `All settings and items of ${server} are removed; its users and events stay.`, isForced },
    context,
  );
  let removed = 0;
  for (;;) {
    const call = {
      method: 'DELETE',
      path: withQuery(at, { seconds: CALL_SECONDS }),
      doing: `remove ${server}`,
      answer: appliedAnswer,
    } as const;
    const { value } = await api.call(call);
    removed += value.applied.deleted.length;
    if (value.done) break;
    if (value.applied.deleted.length === 0) throw new CliError(`cannot remove ${server}: nothing goes on; try again`);
    output.progress(`${server}: ${counted(removed, 'item')} removed, ${value.left} left`);
  }
  if (output.isJson) output.json({ done: true, removed });
  else output.line(`${server} removed, ${counted(removed, 'item')}`);
  return 0;
}
