import { ANY_ANSWER } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { noMore, required } from '../../arguments.ts';
import { defineCommand } from '../../command.ts';
import { readPassword } from '../../input/password-input.ts';

export const passwordCommand = defineCommand({
  name: 'password',
  help: `Usage: postern password USER
       postern password USER --stdin

Asks for the new password twice, without showing it. A login that an edge proxy remembers holds for up to 60 s.

  --stdin   reads it from standard input, where a last line end is not part of it

A password is never an argument: arguments are seen by everybody on a machine, and kept in the shell's history.
`,
  places: [['USER']],
  options: { stdin: { type: 'boolean' } },
  run: async ({ values, words: [word, ...rest] }, { api, output, input, signal }) => {
    noMore(rest);
    const user = required(word, 'USER');
    const prompt = (text: string): void => output.prompt(text);
    const password = await readPassword({ input, signal, isPiped: values.stdin === true, prompt });
    await api.call({
      method: 'PUT',
      path: path`/users/${user}/password`,
      doing: `give user ${user} another password`,
      answer: ANY_ANSWER,
      body: { password },
    });
    if (!output.isJson) output.line(`User ${user} has another password`);
    return 0;
  },
});
