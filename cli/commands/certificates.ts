import { renewAnswer } from '../../functions/admin/contract/answers/certificate-answer.ts';
import { path } from '../api/path.ts';
import { actionOf, noMore, required } from '../arguments.ts';
import { defineCommand } from '../command.ts';

const ACTIONS = ['renew'] as const;

export const certificatesCommand = defineCommand({
  name: 'certificates',
  help: `Usage: postern certificates SERVER renew [--force]

Has the certificate renewed now that the deployment keeps for a server (certificate in its configuration); it is looked
at once a day anyhow. What came of it is an event, within some minutes:

  postern events --type certificate --since 1h

  --force   renews what is not due yet; issuers allow only so many a week
`,
  places: [['SERVER'], ACTIONS],
  options: { force: { type: 'boolean' } },
  run: async ({ values, words: [word, action, ...rest] }, { api, output }) => {
    noMore(rest);
    const server = required(word, 'SERVER');
    actionOf(required(action, 'ACTION'), ACTIONS);
    const { value } = await api.call({
      method: 'POST',
      path: path`/servers/${server}/certificate/renew`,
      doing: `renew the certificate of ${server}`,
      body: { force: values.force === true },
      answer: renewAnswer,
    });
    if (output.isJson) output.json(value);
    else output.line(`Asked for: the event certificate says what came of it, within some minutes.`);
    return 0;
  },
});
