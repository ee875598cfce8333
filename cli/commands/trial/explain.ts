import {
  type PolicyDocument,
  policyDocumentSchema,
} from '../../../functions/admin/contract/answers/policy-document.ts';
import { noMore, required, sessionIdIn } from '../../arguments.ts';
import { UsageError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { readJson, readOctets, readText } from '../../input/text-input.ts';
import { type Dialogue, envelopeDialogue, readDialogue } from './dialogue.ts';
import { ask, type Question } from './explain-question.ts';
import { explainSession } from './explain-session.ts';
import { showExplanation } from './explanation.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  help: `Usage: postern explain SERVER --from SENDER --to RECIPIENT... [OPTION...]
       postern explain SERVER [OPTION...] [FILE|-]
       postern explain --session SESSION [--policy FILE]

Plays a client's lines on the machine that serves live sessions, and shows for each the reply, the rule that decided and
the next hop. Nothing is sent, recorded or counted.

  --from SENDER     the sender of a message; '' is the null one. Without it, the user where that is an address
  --to RECIPIENT    a recipient; may be given more than once
  --user USER       the user has logged in, under TLS; --identity is the same
  --client IP       the client's address; without it, 192.0.2.1, which is no one's
  --tls             TLS from the first octet
  --message FILE    a message that is sent after that, DATA and its end with it: which rule, by which of its facts
  --policy FILE     a policy document in place of the policy in force, as export writes it
  --session ID      plays a recorded session under the policy of today, beside what it heard then

Without --from, --to and --session the lines come from a file or standard input. A file that begins with [ is JSON, an
array of lines and of what else may happen: docs/admin-api.md tells.

  postern explain inbound --from a@b.test --to bob@example.com --client 203.0.113.9
  postern explain inbound --from a@b.test --to bob@example.com --message invoice.eml
  printf 'EHLO a.test\\nMAIL FROM:<a@b.test>\\nRCPT TO:<bob@example.com>\\n' | postern explain inbound
`,
  places: [['SERVER'], ['FILE']],
  takesSessions: true,
  options: {
    from: { type: 'string' },
    to: { type: 'string', multiple: true },
    user: { type: 'string' },
    identity: { type: 'string' },
    client: { type: 'string' },
    tls: { type: 'boolean' },
    message: { type: 'string' },
    policy: { type: 'string' },
    session: { type: 'string' },
  },
  run: async ({ values, words: [word, file, ...rest] }, context) => {
    noMore(rest);
    if (values.session !== undefined) {
      const others = [
        word,
        values.message,
        values.from,
        values.to,
        values.user,
        values.identity,
        values.client,
        values.tls,
      ];
      if (others.some((each) => each !== undefined)) throw new UsageError('--session stands with --policy alone');
      const id = sessionIdIn(values.session);
      if (id === undefined) throw new UsageError(`--session is "${values.session}" where a session's id is expected`);
      return explainSession(id, await documentOf(values.policy, context), context);
    }
    const server = required(word, 'SERVER');
    const identity = values.user ?? values.identity;
    const dialogue = await dialogueOf({ ...values, user: identity, file }, context);
    const { client: address, tls } = values;
    const client = { ...(address === undefined ? {} : { address }), ...(tls === undefined ? {} : { tls }) };
    const policy = await documentOf(values.policy, context);
    const content = await messageOf(values, context);
    const { value, raw } = await ask(server, { dialogue, client, identity, policy, content }, context);
    if (context.output.isJson) context.output.json(raw);
    else showExplanation(value, context.output);
    return 0;
  },
});

async function documentOf(file: string | undefined, context: Context): Promise<PolicyDocument | undefined> {
  return file === undefined ? undefined : readJson(await readText(file, context), file, policyDocumentSchema);
}

/** The message as it is; of one whose lines end as editors end them, with CR LF. */
async function messageOf(
  { message: file, policy }: { readonly message?: string | undefined; readonly policy?: string | undefined },
  context: Context,
): Promise<Question['content']> {
  if (file === undefined) return undefined;
  if (file === '-' && policy === '-') throw new UsageError('Only one of message and policy can be standard input');
  const octets = await readOctets(file, context);
  const lines = octets.includes('\r\n')
    ? octets
    : Buffer.from(octets.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  return { octets: lines.toString('base64') };
}

interface Asked {
  readonly from?: string | undefined;
  readonly to?: readonly string[] | undefined;
  readonly user: string | undefined;
  readonly policy?: string | undefined;
  readonly file: string | undefined;
}

async function dialogueOf({ from, to, user, policy, file }: Asked, context: Context): Promise<Dialogue> {
  if (from !== undefined || to !== undefined) {
    if (file !== undefined) throw new UsageError('--from and --to stand in place of a FILE');
    return envelopeDialogue({ from, to, user });
  }
  const name = file ?? '-';
  if (policy === '-' && name === '-') throw new UsageError('Only one of dialogue and policy can be standard input');
  if (name === '-' && context.input.isTTY) context.output.note("Type the client's lines; Ctrl-D ends.");
  return readDialogue(await readText(name, context), name);
}
