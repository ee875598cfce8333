import type * as z from 'zod';
import {
  decidedAnswer,
  type HeldAnswer,
  heldAnswer,
  heldListAnswer,
  SHOWN_STATES,
} from '../../functions/admin/contract/answers/held-answer.ts';
import { path } from '../api/path.ts';
import { actionOf, noMore, required } from '../arguments.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { collect } from '../collect.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { counted } from '../output/counted.ts';
import { spanOf } from '../time-option.ts';

const ACTIONS = ['show', 'content', 'release', 'deny'] as const;
/** Octets of one call for content. */
const PIECE_OCTETS = 4_194_304;
/** Messages of one call; the API takes 500. */
const AT_ONCE = 500;

export const heldCommand = defineCommand({
  name: 'held',
  help: `Usage: postern held SERVER [--state STATE] [--sender ADDRESS] [--recipient ADDRESS] [--rule RULE]
                           [--since TIME] [--until TIME]
       postern held SERVER show|content ID
       postern held SERVER release ID... [--to ADDRESS]...
       postern held SERVER deny ID...

Mail that a screening rule holds. An ID is what the client heard in the 250.

  show       the envelope, the rule, and what the screener saw
  content    the message itself, to standard output; that somebody read it is recorded
  release    hands it on to its recipients, or to those that --to names; a task does so within seconds
  deny       it goes nowhere

  --state    held (what is shown otherwise), releasing, released, denied, expired
  --sender, --recipient    an address, or @domain

  postern held inbound --rule screen#200-unreadable
  postern held inbound release Tj0naOpxOoc-.1 --to bob@example.com
`,
  places: [['SERVER'], ACTIONS],
  takesSessions: true,
  options: {
    state: { type: 'string' },
    sender: { type: 'string' },
    recipient: { type: 'string' },
    rule: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    to: { type: 'string', multiple: true },
  },
  run: async ({ values, words: [word, action, ...ids] }, context) => {
    const server = required(word, 'SERVER');
    if (action === undefined) return list(server, values, context);
    const act = actionOf(action, ACTIONS);
    const id = required(ids[0], 'ID');
    if (act === 'release' || act === 'deny') return decide({ server, act, ids, to: values.to }, context);
    noMore(ids.slice(1));
    return act === 'show' ? show(server, id, context) : content(server, id, context);
  },
});

type Filters = Readonly<Partial<Record<'state' | 'sender' | 'recipient' | 'rule' | 'since' | 'until', string>>>;

async function list(server: string, filters: Filters, context: Context): Promise<number> {
  const { state, sender, recipient, rule } = filters;
  if (state !== undefined && !SHOWN_STATES.some((name) => name === state)) {
    throw new UsageError(`--state is "${state}" where one of ${SHOWN_STATES.join(', ')} is expected`);
  }
  const { api, output } = context;
  const { since, until } = spanOf(filters, context.clock());
  const call = {
    path: path`/servers/${server}/held`,
    doing: `list held mail of ${server}`,
    answer: heldListAnswer,
    entries: ({ held }: z.output<typeof heldListAnswer>) => held,
    query: { state, sender, recipient, rule, since, until },
  };
  output.list(
    [
      { heading: 'HELD', cell: ({ at }) => at, kind: 'time' },
      { heading: 'ID', cell: ({ id }) => id },
      { heading: 'FROM', cell: ({ sender: from }) => (from === '' ? '<>' : from), mayBeCut: true },
      { heading: 'TO', cell: ({ recipients }) => recipients.map(({ address }) => address), mayBeCut: true },
      { heading: 'OCTETS', cell: ({ octets }) => octets, kind: 'number' },
      { heading: 'WHY', cell: reasonText, mayBeCut: true, isNews: true },
    ],
    await collect(api.pages(call)),
    `${server} has no mail that is ${state ?? 'held'}.`,
  );
  return 0;
}

/** The rule, with the facts by which it holds; of a release that failed, why. */
function reasonText({ rule, screen, reason }: HeldAnswer): string {
  const facts = screen.matches.find((match) => match.rule === rule)?.facts ?? [];
  return [rule, ...facts, ...(reason === undefined ? [] : [`not handed on: ${reason}`])].join(', ');
}

async function show(server: string, id: string, { api, output }: Context): Promise<number> {
  const { value, raw } = await api.call({
    path: path`/servers/${server}/held/${id}`,
    doing: `show held mail ${id} of ${server}`,
    answer: heldAnswer,
  });
  if (output.isJson) {
    output.json(raw);
    return 0;
  }
  const names = value.screen.parts.flatMap((part) => [
    ...part.names,
    ...part.namesInside.map((name) => `${name} (inside)`),
  ]);
  output.facts([
    ['id', value.id],
    ['state', value.state],
    ['held', output.moment(value.at)],
    ['expires', output.moment(value.expiresAt)],
    ['from', value.sender === '' ? '<>' : value.sender],
    ['to', value.recipients.map(({ address, nextHop }) => `${address} by ${nextHop}`)],
    ['client', value.client.address],
    ['user', value.identity],
    ['why', reasonText(value)],
    ['files', names],
    ['structure', value.screen.structure.map(({ flag, reason }) => `${flag} (${reason})`)],
    ['octets', value.octets],
    ['sha256', value.sha256],
    ['decided', value.decidedBy === undefined ? undefined : `${output.moment(value.decidedAt)} by ${value.decidedBy}`],
    ['handed on', value.deliveredTo],
    ['tries', value.tries],
  ]);
  return 0;
}

async function content(server: string, id: string, { api, output }: Context): Promise<number> {
  const doing = `read held mail ${id} of ${server}`;
  const { value } = await api.call({ path: path`/servers/${server}/held/${id}`, doing, answer: heldAnswer });
  for (let first = 0; first < value.octets; first += PIECE_OCTETS) {
    const last = Math.min(first + PIECE_OCTETS, value.octets) - 1;
    output.octets(await api.octets(path`/servers/${server}/held/${id}/content`, doing, `bytes=${first}-${last}`));
  }
  return 0;
}

interface Decided {
  readonly server: string;
  readonly act: 'release' | 'deny';
  readonly ids: readonly string[];
  readonly to: readonly string[] | undefined;
}

async function decide({ server, act, ids, to }: Decided, context: Context): Promise<number> {
  const { api, output } = context;
  if (to !== undefined && act === 'deny') throw new UsageError('--to goes with release');
  if (to !== undefined && ids.length > 1)
    throw new UsageError('--to goes with one ID: recipients are those of one message');
  const past = act === 'release' ? 'released' : 'denied';
  if (ids.length === 1) {
    const [id = ''] = ids;
    const { raw } = await api.call({
      method: 'POST',
      path: `${path`/servers/${server}/held/${id}`}/${act}`,
      doing: `${act} held mail ${id} of ${server}`,
      answer: heldAnswer,
      body: to === undefined ? {} : { recipients: to },
    });
    if (output.isJson) output.json(raw);
    else output.line(`${server}: ${id} ${past}${act === 'release' ? '; it is handed on within seconds' : ''}`);
    return 0;
  }
  let failures = 0;
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const { value, raw } = await api.call({
      method: 'POST',
      path: `${path`/servers/${server}/held`}/${act}`,
      doing: `${act} held mail of ${server}`,
      answer: decidedAnswer,
      body: { ids: ids.slice(start, start + AT_ONCE) },
    });
    failures += value.failed.length;
    if (output.isJson) output.jsonLine(raw);
    else {
      output.line(`${server}: ${counted(value.done.length, 'message')} ${past}`);
      for (const { id, detail } of value.failed) output.line(`${id}: ${detail}`);
    }
  }
  if (failures > 0) throw new CliError(`${counted(failures, 'message')} could not be ${past}`);
  return 0;
}
