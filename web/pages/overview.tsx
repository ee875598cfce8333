/** Every published server: its addresses, what is wrong with it, and what happened in a day or a week. */
import { useMemo } from 'preact/hooks';
import type { EventAnswer } from '../../functions/admin/contract/event-answer.ts';
import type { HeldAnswer } from '../../functions/admin/contract/held-answer.ts';
import type { PolicyAnswer } from '../../functions/admin/contract/policy-document.ts';
import { useAbout } from '../client/about.ts';
import { path } from '../client/path.ts';
import { type ListedServer, useServers } from '../client/servers.ts';
import { useEvents } from '../client/use-events.ts';
import { useAnswer, useList } from '../client/use-load.ts';
import { refine } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { hourly, topOf, verdictEntries } from '../core/charts.ts';
import { clientOf, listOf, textOf } from '../core/events.ts';
import { doorsOf, serverFaults } from '../core/health.ts';
import { counted, isSpan, SPANS, type Span, startOf } from '../core/words.ts';
import { Chart } from '../parts/chart.tsx';
import { Choice, Strange, Tag, Waiting, Wrong } from '../parts/small.tsx';

const MESSAGES = ['accepted', 'held', 'deferred', 'refused'];
const MESSAGE_WORDS = { deferred: 'put off' };
const LOGINS = ['permit', 'reject', 'defer'];
const LOGIN_WORDS = { permit: 'went through', reject: 'failed', defer: 'put off' };
/** Events that charts are drawn from; beyond it they say that they are of the newest. */
const MOST_EVENTS = 10_000;

export function Overview({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const span = isSpan(query.span) ? query.span : '24h';
  const servers = useServers();
  return (
    <>
      <h1>Overview</h1>
      <Wrong error={servers.error} />
      <Waiting isOn={servers.value === undefined && servers.isLoading} />
      {servers.value?.length === 0 && <p class="nothing">There is no published server yet.</p>}
      <div class="cards">
        {servers.value?.map((server) => (
          <ServerCard key={server.server} listed={server} />
        ))}
      </div>
      <div class="search">
        <Choice
          label="Charts of"
          value={span}
          choices={[
            ['24h', SPANS['24h']],
            ['7d', SPANS['7d']],
          ]}
          onChange={(value) => refine({ span: value })}
        />
        <Choice
          label="Server"
          value={query.server ?? ''}
          choices={[['', 'all'], ...(servers.value ?? []).map(({ server }) => [server, server] as const)]}
          onChange={(server) => refine({ server })}
        />
      </div>
      <Traffic span={span} server={query.server} />
    </>
  );
}

function ServerCard({ listed: { server, hostname, enabled } }: { readonly listed: ListedServer }) {
  const policy = useAnswer<PolicyAnswer>(path`/servers/${server}/policy`);
  const probes = useEvents({ query: { server, type: 'probe,certificate' }, span: '7d', most: 200 });
  const held = useList<HeldAnswer>({
    path: path`/servers/${server}/held`,
    entries: (page) => page.held as readonly HeldAnswer[],
    most: 1000,
  });
  const about = useAbout();
  const faults = serverFaults({ enabled, problems: policy.value?.value.problems ?? [], events: probes.value ?? [] });
  const doors = doorsOf(server, about, probes.value ?? []);
  const waiting = held.value?.length ?? 0;
  return (
    <section class="card" aria-label={server}>
      <h2>
        <a href={linkTo(['policy', server])}>{server}</a>{' '}
        <Tag tone={enabled === true ? 'good' : 'bad'}>
          {enabled === true ? 'on' : enabled === false ? 'off' : 'no settings in force'}
        </Tag>
      </h2>
      <p class="quiet">
        <Strange text={hostname ?? 'no host name'} />
      </p>
      {doors.length > 0 && (
        <ul class="plain">
          {doors.map((door) => (
            <li key={door} class="code">
              {door}
            </li>
          ))}
        </ul>
      )}
      <Wrong error={policy.error} />
      {faults.length > 0 && (
        <ul class="faults">
          {faults.map(({ what, detail }) => (
            <li key={`${what} ${detail}`}>
              <b>{what}</b> <Strange text={detail} />
            </li>
          ))}
        </ul>
      )}
      {faults.length === 0 && policy.value !== undefined && <p class="quiet">Nothing is wrong with its policy.</p>}
      {waiting > 0 && (
        <p>
          <a href={linkTo(['held', server])}>{counted(waiting, 'held message')}</a>
        </p>
      )}
    </section>
  );
}

function Traffic({ span, server }: { readonly span: Span; readonly server: string | undefined }) {
  const events = useEvents({ query: { server, type: 'transaction,refusal,login' }, span, most: MOST_EVENTS });
  const all = events.value ?? [];
  const shown = useMemo(() => trafficOf(all, span), [events.value, span]);
  return (
    <>
      <Wrong error={events.error} />
      <Waiting isOn={events.isLoading && events.value === undefined} />
      {events.hasMore && (
        <p class="quiet">There were more than {counted(all.length, 'event')}: charts and lists are of the newest.</p>
      )}
      <div class="charts">
        <Chart title="Messages" data={shown.messages} words={MESSAGE_WORDS} />
        <Chart title="Refusals" data={shown.refusals} words={{ refusal: 'refused commands' }} />
        <Chart title="Logins" data={shown.logins} words={LOGIN_WORDS} />
      </div>
      <div class="cards">
        <Top title="Refused clients" rows={shown.clients} link={(client) => linkTo(['sessions'], { client, span })} />
        <Top title="Rules that refused" rows={shown.rules} />
        <Top title="Recipients" rows={shown.recipients} />
      </div>
    </>
  );
}

function trafficOf(events: readonly EventAnswer[], span: Span) {
  const nowMs = Date.now();
  const within = { sinceMs: Date.parse(startOf(span, nowMs)), untilMs: nowMs };
  const refusals = events.filter(({ type, reportOnly }) => type === 'refusal' && reportOnly !== true);
  const transactions = events.filter(({ type }) => type === 'transaction');
  return {
    messages: hourly(verdictEntries(events, 'transaction'), MESSAGES, within),
    refusals: hourly(
      refusals.map(({ at }) => ({ atMs: Date.parse(at), name: 'refusal' })),
      ['refusal'],
      within,
    ),
    logins: hourly(verdictEntries(events, 'login'), LOGINS, within),
    clients: topOf(refusals.map((event) => clientOf(event).address)),
    rules: topOf(refusals.map(({ rule }) => textOf(rule))),
    recipients: topOf(transactions.flatMap((event) => listOf(event.recipients).map(({ address }) => textOf(address)))),
  };
}

interface TopOptions {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly count: number }[];
  readonly link?: (name: string) => string;
}

function Top({ title, rows, link }: TopOptions) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 && <p class="quiet">None in this time.</p>}
      <ol class="top">
        {rows.map(({ name, count }) => (
          <li key={name}>
            {link === undefined ? (
              <Strange text={name} most={60} />
            ) : (
              <a href={link(name)}>
                <Strange text={name} most={60} />
              </a>
            )}
            <span class="count">{count}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
