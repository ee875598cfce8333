/** What a change that was just made does not do, or breaks: said at once, as `check` would say it. */
import { policyAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import { path } from '../api/path.ts';
import { CliError, Interrupted } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { checkedServer } from './policy-items.ts';
import { settingsFindings } from './settings-rules.ts';

export interface Changed {
  readonly server: string;
  /** Keys of the items that were changed. */
  readonly items: readonly string[];
  /** Settings that were changed; all where it is absent. */
  readonly settings?: readonly string[];
}

/** Tells on standard error; where the policy cannot be read, nothing: the change is made all the same. */
export async function effectsOf({ server, items, settings }: Changed, { api, output }: Context): Promise<void> {
  try {
    const call = { path: path`/servers/${server}/policy`, doing: `read ${server}`, answer: policyAnswer };
    const { value } = await api.call(call);
    for (const { level, item, problem } of settingsFindings(checkedServer(server, value))) {
      const isMeant =
        items.includes(item) && (settings === undefined || settings.some((name) => problem.includes(name)));
      if (isMeant) output.note(`${level}: ${server}: ${item}: ${problem}`);
    }
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof CliError)) throw error;
  }
}
