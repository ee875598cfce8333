/** Changes of a server's policy: who, what, before and after; and the way back. */
import type * as z from 'zod';
import type {
  ItemChangeAnswer,
  pastPolicyAnswer,
  rollbackPlanAnswer,
  VersionAnswer,
} from '../../functions/admin/contract/answers/history-answer.ts';
import { call, reloadAll } from '../client/api.ts';
import { tell } from '../client/edit.ts';
import { path } from '../client/path.ts';
import { useServers } from '../client/servers.ts';
import { useAnswer, useList } from '../client/use-load.ts';
import { go } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { differencesOf } from '../core/differences.ts';
import { whoText } from '../core/events.ts';
import { counted } from '../core/words.ts';
import { confirm } from '../parts/dialog.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Copy, Facts, Moment, Strange, Waiting, Wrong } from '../parts/small.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { ServerChoice } from './policy.tsx';

interface ChangesOptions {
  readonly server: string | undefined;
  readonly version: string | undefined;
}

export function Changes({ server, version }: ChangesOptions) {
  const servers = useServers();
  const shown = server ?? servers.value?.[0]?.server;
  if (shown !== undefined && version !== undefined) return <Version key={version} server={shown} version={version} />;
  return (
    <>
      <div class="title">
        <h1>Changes</h1>
        <ServerChoice server={shown} onChange={(next) => go({ path: ['changes', next], query: {} })} />
      </div>
      <Wrong error={servers.error} />
      {shown !== undefined && <Versions key={shown} server={shown} />}
    </>
  );
}

const COLUMNS: readonly Column<VersionAnswer>[] = [
  { key: 'at', heading: 'When', text: ({ at }) => at, cell: ({ at }) => <Moment at={at} /> },
  {
    key: 'who',
    heading: 'Who',
    text: ({ who }) => whoText(who),
    cell: ({ who }) => <Strange text={whoText(who)} most={60} />,
  },
  {
    key: 'what',
    heading: 'What',
    text: ({ changes }) => changes.map(({ item, action }) => `${item} ${action}`).join(', '),
    cell: ({ changes, changesOmitted = 0 }) => (
      <>
        {changes.slice(0, 4).map((change) => (
          <div key={change.item}>
            <Strange text={change.item} /> {change.action} <Strange text={changeText(change)} most={120} />
          </div>
        ))}
        {changes.length + changesOmitted > 4 && <div class="quiet">and {changes.length + changesOmitted - 4} more</div>}
      </>
    ),
  },
];

function changeText({ before, after }: ItemChangeAnswer): string {
  return differencesOf(before, after)
    .map(({ name, before: was, after: is }) => `${name} ${was} → ${is}`)
    .join(', ');
}

function Versions({ server }: { readonly server: string }) {
  const list = useList<VersionAnswer>({
    path: path`/servers/${server}/history`,
    entries: (page) => page.versions as readonly VersionAnswer[],
    most: 1000,
  });
  return (
    <>
      <Wrong error={list.error} />
      <Waiting isOn={list.isLoading && list.value === undefined} />
      {list.value !== undefined && (
        <Table
          noun="change"
          rows={list.value}
          columns={COLUMNS}
          rowKey={({ version }) => version}
          link={({ version }) => linkTo(['changes', server, version])}
          nothing="The policy has not been changed since it was made."
          more={list.hasMore ? list.loadMore : undefined}
        />
      )}
    </>
  );
}

type PastPolicy = z.output<typeof pastPolicyAnswer>;

function Version({ server, version }: { readonly server: string; readonly version: string }) {
  const { value, error, isLoading } = useAnswer<PastPolicy>(path`/servers/${server}/history/${version}`);
  return (
    <>
      <h1>
        Change <bdi>{version}</bdi> <Copy text={version} what="the version's name" />
      </h1>
      <Wrong error={error} />
      <Waiting isOn={isLoading && value === undefined} />
      {value !== undefined && <Past past={value.value} />}
    </>
  );
}

function Past({ past }: { readonly past: PastPolicy }) {
  const { server, version, at, who, changes, changesOmitted, policy, differences } = past;
  const isSame = differences.length === 0;
  return (
    <>
      <Facts
        facts={[
          [
            'Server',
            <a key="server" href={linkTo(['policy', server])}>
              {server}
            </a>,
          ],
          ['When', <Moment key="at" at={at} />],
          ['Who', <Strange key="who" text={who} />],
        ]}
      />
      <h2>What it changed</h2>
      <ItemChanges changes={changes} />
      {changesOmitted !== undefined && <p>{counted(changesOmitted, 'further change')}.</p>}
      <h2>Rolling back to here</h2>
      {policy === null ? (
        <p>The server had no settings then: there is nothing to go back to.</p>
      ) : isSame ? (
        <p>The policy stands as it stood then.</p>
      ) : (
        <>
          <p>It would change {counted(differences.length, 'item')}:</p>
          <ItemChanges changes={differences} />
          <div class="actions">
            <button type="button" class="danger" onClick={() => void rollBack(server, version)}>
              Roll back to here
            </button>
          </div>
        </>
      )}
      {policy !== null && (
        <details>
          <summary>The policy as it was</summary>
          <pre>{JSON.stringify(policy, undefined, 2)}</pre>
        </details>
      )}
    </>
  );
}

function ItemChanges({ changes }: { readonly changes: readonly ItemChangeAnswer[] }) {
  return (
    <Scroll label="Changed items">
      <table>
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col">Attribute</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <ItemChange key={change.item} change={change} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function ItemChange({ change: { item, action, before, after } }: { readonly change: ItemChangeAnswer }) {
  const different = differencesOf(before, after);
  const rows = different.length === 0 ? [{ name: '', before: '', after: '' }] : different;
  return (
    <>
      {rows.map(({ name, before: was, after: is }, index) => (
        <tr key={name}>
          {index === 0 && (
            <th scope="rowgroup" rowSpan={rows.length}>
              <Strange text={item} /> {action}
            </th>
          )}
          <td class="code">{name}</td>
          <td>
            <Strange text={was} />
          </td>
          <td>
            <Strange text={is} />
          </td>
        </tr>
      ))}
    </>
  );
}

/** Asked first what it would do, by the API itself; then done on that very ground. */
async function rollBack(server: string, version: string): Promise<void> {
  const at = path`/servers/${server}/rollback`;
  try {
    const plan = await call<z.output<typeof rollbackPlanAnswer>>({
      method: 'POST',
      path: at,
      body: { version, dryRun: true },
    });
    const isYes = await confirm({
      title: `Make the policy of ${server} what it was at ${version}?`,
      lines: plan.value.steps.map((step) => `${step.item} ${step.action}: ${changeText(step)}`),
      action: 'Roll back',
    });
    if (!isYes) return;
    const headers = plan.etag === undefined ? {} : { 'if-match': plan.etag };
    for (let isDone = false, isFirst = true; !isDone; isFirst = false) {
      const { value } = await call<{ readonly done: boolean }>({
        method: 'POST',
        path: at,
        body: { version },
        ...(isFirst ? { headers } : {}),
      });
      isDone = value.done;
    }
    tell(
      `The policy of ${server} is what it was at ${version}; this change is in the list too, and can be rolled back`,
    );
  } catch (error) {
    tell((error as Error).message, 'bad');
  }
  reloadAll();
}
