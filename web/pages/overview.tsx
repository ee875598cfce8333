/** Every published server: its addresses, what is wrong with it, and what happened in a day or a week. */
import { useMemo } from 'preact/hooks';
import type { CountsAnswer, TopAnswer } from '../../functions/admin/contract/answers/count-answer.ts';
import type { HeldAnswer } from '../../functions/admin/contract/answers/held-answer.ts';
import type { PolicyAnswer } from '../../functions/admin/contract/answers/policy-document.ts';
import { useAbout } from '../client/about.ts';
import { revision } from '../client/api.ts';
import { path, withQuery } from '../client/path.ts';
import { type ListedServer, useServers } from '../client/servers.ts';
import { useStore } from '../client/store.ts';
import { useEvents } from '../client/use-events.ts';
import { useAnswer, useList } from '../client/use-load.ts';
import { refine } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { chartsOf } from '../core/charts.ts';
import { doorsOf, serverFaults } from '../core/health.ts';
import { counted, grouped, isSpan, SPANS, type Span, startOf } from '../core/words.ts';
import { Chart } from '../parts/chart.tsx';
import { Choice, Strange, Tag, Waiting, Wrong } from '../parts/small.tsx';

const MESSAGE_WORDS = { deferred: 'put off' };
const LOGIN_WORDS = { permit: 'went through', reject: 'failed', defer: 'put off' };

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
  const probes = useEvents({ query: { server, type: 'probe,certificate,next-hop' }, span: '7d', most: 200 });
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

interface TrafficOptions {
  readonly span: Span;
  readonly server: string | undefined;
}

function Traffic({ span, server }: TrafficOptions) {
  const turn = useStore(revision);
  const since = useMemo(() => startOf(span, Date.now()), [span, turn]);
  const counts = useAnswer<CountsAnswer>(withQuery('/counts', { server, since }));
  const data = useMemo(() => chartsOf(counts.value?.value.counts ?? []), [counts.value]);
  return (
    <>
      <Wrong error={counts.error} />
      <Waiting isOn={counts.isLoading && counts.value === undefined} />
      <div class="charts">
        <Chart title="Messages" data={data.messages} words={MESSAGE_WORDS} />
        <Chart title="Refusals" data={data.refusals} words={{ refusal: 'refused' }} />
        <Chart title="Logins" data={data.logins} words={LOGIN_WORDS} />
      </div>
      <div class="cards">
        <Top
          title="Refused clients"
          by="client"
          order="refusals"
          since={since}
          server={server}
          link={(client) => linkTo(['sessions'], { client, span })}
        />
        <Top
          title="Rules that refused"
          by="rule"
          order="refusals"
          since={since}
          server={server}
          link={(rule) => ruleLink(rule, server, span)}
        />
        <Top
          title="Recipients"
          by="recipient"
          order="messages"
          since={since}
          server={server}
          link={(recipient) => linkTo(['sessions'], { list: 'messages', recipient, span })}
        />
      </div>
    </>
  );
}

/** What a rule is about: a command's is policy's, and what it refuses is no message; others decide of messages. */
function ruleLink(rule: string, server: string | undefined, span: Span): string {
  if (!rule.startsWith('command#')) return linkTo(['sessions'], { list: 'messages', rule, server, span });
  return linkTo(server === undefined ? ['policy'] : ['policy', server, 'commands']);
}

/** Entries of a list of the most frequent. */
const TOP_ENTRIES = 8;

interface TopOptions {
  readonly title: string;
  readonly by: TopAnswer['by'];
  readonly order: 'messages' | 'refusals';
  readonly since: string;
  readonly server: string | undefined;
  readonly link: (name: string) => string;
}

function Top({ title, by, order, since, server, link }: TopOptions) {
  const { value, error } = useAnswer<TopAnswer>(withQuery('/top', { by, order, since, server, limit: TOP_ENTRIES }));
  const rows = (value?.value.top ?? []).filter((entry) => entry[order] > 0);
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <Wrong error={error} />
      {value !== undefined && rows.length === 0 && <p class="quiet">None in this time.</p>}
      <ol class="top">
        {rows.map((entry) => (
          <li key={entry.value}>
            <a href={link(entry.value)}>
              <Strange text={entry.value} most={60} />
            </a>
            <span class="count">{grouped(entry[order])}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
