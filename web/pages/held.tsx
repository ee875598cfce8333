/** Mail that a rule holds: by reason, to look at, to release and to deny, one or many. */
import { useState } from 'preact/hooks';
import type * as z from 'zod';
import type { decidedAnswer, HeldAnswer } from '../../functions/admin/contract/answers/held-answer.ts';
import { call, reloadAll } from '../client/api.ts';
import { tell } from '../client/edit.ts';
import { path } from '../client/path.ts';
import { useServers } from '../client/servers.ts';
import { useList } from '../client/use-load.ts';
import { go, refine } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { factsText, HELD_STATES, reasonsOf } from '../core/held.ts';
import { counted, octetsText } from '../core/words.ts';
import { confirm } from '../parts/dialog.tsx';
import { Late } from '../parts/late.tsx';
import { Choice, Moment, Strange, Tick, Waiting, Wrong } from '../parts/small.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { HeldMessage } from './held-message.tsx';
import { ServerChoice } from './policy.tsx';

interface HeldOptions {
  readonly server: string | undefined;
  readonly id: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

export function Held({ server, id, query }: HeldOptions) {
  const servers = useServers();
  const shown = server ?? servers.value?.[0]?.server;
  if (shown !== undefined && id !== undefined) return <HeldMessage key={id} server={shown} id={id} />;
  return (
    <>
      <div class="title">
        <h1>Held</h1>
        <ServerChoice server={shown} onChange={(next) => go({ path: ['held', next], query })} />
      </div>
      <Wrong error={servers.error} />
      {shown !== undefined && <HeldList key={shown} server={shown} query={query} />}
    </>
  );
}

interface ListOptions {
  readonly server: string;
  readonly query: Readonly<Record<string, string>>;
}

function HeldList({ server, query }: ListOptions) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const state = query.state ?? 'held';
  const list = useList<HeldAnswer>({
    path: path`/servers/${server}/held`,
    query: { state, sender: query.sender, recipient: query.recipient },
    entries: (page) => page.held as readonly HeldAnswer[],
  });
  const all = list.value ?? [];
  const rows = query.rule === undefined ? all : all.filter(({ rule }) => rule === query.rule);
  const choose = (ids: readonly string[], isOn: boolean): void => {
    setChosen(new Set([...[...chosen].filter((id) => !ids.includes(id)), ...(isOn ? ids : [])]));
  };
  const picked = rows.filter(({ id }) => chosen.has(id));
  return (
    <>
      <search class="search">
        <Choice
          label="State"
          value={state}
          choices={HELD_STATES.map((each) => [each, each])}
          onChange={(next) => refine({ state: next === 'held' ? undefined : next, rule: undefined })}
        />
        <Choice
          label="Reason"
          value={query.rule ?? ''}
          choices={[['', 'all'], ...reasonsOf(all).map(({ rule, count }) => [rule, `${rule} (${count})`] as const)]}
          onChange={(rule) => refine({ rule })}
        />
        <Late
          label="Sender"
          value={query.sender ?? ''}
          placeholder="a@b or @b"
          onDone={(sender) => refine({ sender })}
        />
        <Late
          label="Recipient"
          value={query.recipient ?? ''}
          placeholder="a@b or @b"
          onDone={(recipient) => refine({ recipient })}
        />
      </search>
      <Wrong error={list.error} />
      <Waiting isOn={list.isLoading && list.value === undefined} />
      {list.value !== undefined && (
        <Table
          noun="message"
          rows={rows}
          columns={columnsOf({ server, chosen, choose, mayDecide: state === 'held' })}
          rowKey={({ id }) => id}
          link={({ id }) => linkTo(['held', server, id], query)}
          nothing={state === 'held' ? 'Nothing is held.' : `Nothing is ${state}.`}
          more={list.hasMore ? list.loadMore : undefined}
          tools={
            state === 'held' && rows.length > 0 ? (
              <Many server={server} rows={rows} picked={picked} choose={choose} />
            ) : undefined
          }
        />
      )}
    </>
  );
}

interface ColumnOptions {
  readonly server: string;
  readonly chosen: ReadonlySet<string>;
  readonly choose: (ids: readonly string[], isOn: boolean) => void;
  readonly mayDecide: boolean;
}

function columnsOf({ chosen, choose, mayDecide }: ColumnOptions): readonly Column<HeldAnswer>[] {
  const tick: Column<HeldAnswer> = {
    key: 'chosen',
    heading: '',
    text: () => '',
    cell: ({ id, sender }) => (
      <Tick
        label={`Choose ${id} from ${sender}`}
        isHidden
        isOn={chosen.has(id)}
        onChange={(isOn) => choose([id], isOn)}
      />
    ),
  };
  return [
    { key: 'at', heading: 'Held', text: ({ at }) => at, cell: ({ at }) => <Moment at={at} /> },
    {
      key: 'sender',
      heading: 'From',
      text: ({ sender }) => sender,
      cell: ({ sender }) => <Strange text={sender === '' ? '<>' : sender} most={60} />,
    },
    {
      key: 'recipients',
      heading: 'To',
      text: ({ recipients }) => recipients.map(({ address }) => address).join(', '),
      cell: ({ recipients }) => <Strange text={recipients.map(({ address }) => address).join(', ')} most={80} />,
    },
    { key: 'rule', heading: 'Reason', text: ({ rule }) => rule, cell: ({ rule }) => <Strange text={rule} /> },
    {
      key: 'facts',
      heading: 'Because of',
      text: factsText,
      cell: (held) => <Strange text={factsText(held)} most={120} />,
      isWide: true,
    },
    {
      key: 'octets',
      heading: 'Size',
      text: ({ octets }) => octetsText(octets),
      order: ({ octets }) => octets,
      isNumber: true,
      isWide: true,
    },
    {
      key: 'expires',
      heading: 'Expires',
      text: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt }) => <Moment at={expiresAt} />,
      isWide: true,
    },
    ...(mayDecide ? [tick] : []),
  ];
}

interface ManyOptions {
  readonly server: string;
  readonly rows: readonly HeldAnswer[];
  readonly picked: readonly HeldAnswer[];
  readonly choose: (ids: readonly string[], isOn: boolean) => void;
}

/** Messages of one request, the most that the API takes. */
const AT_ONCE = 500;

function Many({ server, rows, picked, choose }: ManyOptions) {
  const ids = rows.map(({ id }) => id);
  const decide = async (verb: 'release' | 'deny'): Promise<void> => {
    const what = counted(picked.length, 'message');
    const isYes = await confirm({
      title: verb === 'release' ? `Release ${what} to all recipients?` : `Deny ${what}? They go nowhere.`,
      lines: picked.map(
        ({ id, sender, recipients }) => `${id}: <${sender}> to ${recipients.map(({ address }) => address).join(', ')}`,
      ),
      action: verb === 'release' ? 'Release' : 'Deny',
    });
    if (!isYes) return;
    await decideMany(
      server,
      verb,
      picked.map(({ id }) => id),
    );
    choose(ids, false);
  };
  return (
    <>
      <Tick label="All" isOn={picked.length === rows.length} onChange={(isOn) => choose(ids, isOn)} />
      <button type="button" disabled={picked.length === 0} onClick={() => void decide('release')}>
        Release {picked.length === 0 ? '' : picked.length}
      </button>
      <button type="button" class="danger" disabled={picked.length === 0} onClick={() => void decide('deny')}>
        Deny {picked.length === 0 ? '' : picked.length}
      </button>
    </>
  );
}

async function decideMany(server: string, verb: 'release' | 'deny', ids: readonly string[]): Promise<void> {
  const at = verb === 'release' ? path`/servers/${server}/held/release` : path`/servers/${server}/held/deny`;
  const done = verb === 'release' ? 'released; a task hands them on within seconds' : 'denied';
  try {
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      const body = { ids: ids.slice(first, first + AT_ONCE) };
      const { value } = await call<z.output<typeof decidedAnswer>>({ method: 'POST', path: at, body });
      if (value.done.length > 0) tell(`${counted(value.done.length, 'message')} ${done}`);
      for (const { id, detail } of value.failed) tell(`${id}: ${detail}`, 'bad');
    }
  } catch (error) {
    tell((error as Error).message, 'bad');
  }
  reloadAll();
}
