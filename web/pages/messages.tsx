/** Messages by whom they were for, from whom, how they were named, and what became of them. */
import { useMemo } from 'preact/hooks';
import type { MessageAnswer } from '../../functions/admin/contract/answers/message-answer.ts';
import { revision } from '../client/api.ts';
import { useStore } from '../client/store.ts';
import { useList } from '../client/use-load.ts';
import { refine } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { verdictTone } from '../core/events.ts';
import { isSpan, octetsText, SPANS, startOf } from '../core/words.ts';
import { Late } from '../parts/late.tsx';
import { Choice, Moment, Strange, Tag, Waiting, Wrong } from '../parts/small.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { type SearchOptions, ServerAndTime } from './server-and-time.tsx';

const VERDICTS = ['accepted', 'held', 'refused', 'deferred', 'abandoned', 'discarded'];

/** Parameters of the search, each with its label and an example. */
const FIELDS = [
  ['recipient', 'Recipient', 'a@b or @b'],
  ['sender', 'Sender', 'a@b or @b'],
  ['client', 'Client', 'address or network'],
  ['identity', 'User', ''],
  ['rule', 'Rule', 'domain#example.com'],
  ['id', 'Queue id', 'what 250 said'],
  ['messageId', 'Message-ID', '<…@…>'],
] as const;

const COLUMNS: readonly Column<MessageAnswer>[] = [
  { key: 'at', heading: 'When', text: ({ at }) => at, cell: ({ at }) => <Moment at={at} /> },
  { key: 'server', heading: 'Server', text: ({ server }) => server, isWide: true },
  {
    key: 'sender',
    heading: 'From',
    text: ({ sender }) => (sender === '' ? '<>' : sender),
    cell: ({ sender }) => <Strange text={sender === '' ? '<>' : sender} most={60} />,
  },
  {
    key: 'recipients',
    heading: 'To',
    text: recipientsText,
    cell: (message) => <Strange text={recipientsText(message)} most={120} />,
  },
  {
    key: 'verdict',
    heading: 'Verdict',
    text: ({ verdict }) => verdict,
    cell: ({ verdict }) => <Tag tone={verdictTone(verdict)}>{verdict}</Tag>,
  },
  { key: 'rule', heading: 'Rule', text: ({ rule }) => rule, cell: ({ rule }) => <Strange text={rule} />, isWide: true },
  {
    key: 'reply',
    heading: 'Reply',
    text: ({ reply }) => reply,
    cell: ({ reply }) => <Strange text={reply} most={100} />,
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
];

/** Recipients, and of those that went another way than the message, or of whom Amazon SES told, what became of them. */
function recipientsText({ recipients, verdict, recipientsOmitted = 0 }: MessageAnswer): string {
  const each = recipients.map(({ address, outcome, deliveries = [] }) => {
    const last = deliveries.at(-1)?.outcome ?? (outcome === verdict ? undefined : outcome);
    return last === undefined ? address : `${address} (${last})`;
  });
  return [...each, ...(recipientsOmitted > 0 ? [`and ${recipientsOmitted} more`] : [])].join(', ');
}

export function Messages({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const span = isSpan(query.span) ? query.span : '24h';
  const turn = useStore(revision);
  const since = useMemo(() => startOf(span, Date.now()), [span, turn]);
  const asked = Object.fromEntries(FIELDS.map(([name]) => [name, query[name]]));
  const list = useList<MessageAnswer>({
    path: '/messages',
    query: { ...asked, server: query.server, verdict: query.verdict, since },
    entries: (page) => page.messages as readonly MessageAnswer[],
  });
  return (
    <>
      <MessageSearch query={query} span={span} />
      <Wrong error={list.error} />
      <Waiting isOn={list.isLoading && list.value === undefined} />
      {list.value !== undefined && (
        <Table
          noun="message"
          rows={list.value}
          columns={COLUMNS}
          rowKey={({ id }) => id}
          link={({ session }) => linkTo(['session', session])}
          nothing={`No such message in the ${SPANS[span]}.`}
          more={list.hasMore ? list.loadMore : undefined}
        />
      )}
    </>
  );
}

function MessageSearch({ query, span }: SearchOptions) {
  return (
    <search class="search">
      <ServerAndTime query={query} span={span} />
      <Choice
        label="Verdict"
        value={query.verdict ?? ''}
        choices={[['', 'any'], ...VERDICTS.map((verdict) => [verdict, verdict] as const)]}
        onChange={(verdict) => refine({ verdict, page: undefined })}
      />
      {FIELDS.map(([name, label, placeholder]) => (
        <Late
          key={name}
          label={label}
          placeholder={placeholder}
          value={query[name] ?? ''}
          onDone={(text) => refine({ [name]: text, page: undefined })}
        />
      ))}
    </search>
  );
}
