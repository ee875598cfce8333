/** The archive of events as it comes to be: what sessions report, the files that Firehose makes of it, and what Athena is asked. */

import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { sessionRecorder } from '../../edge-proxy/events/session-recorder.ts';
import { FirehoseArchive } from '../../functions/recording/event-archive.ts';
import { TRACE_QUERY } from '../../infra/archive/trace-query.ts';
import { SAMPLE } from '../../infra/test-support/context.ts';
import { fits } from '../../infra/test-support/hive-type.ts';
import { type Resource, resourcesOf, stacksOf } from '../../infra/test-support/synthesis.ts';
import { recordEventsRequestSchema } from '../../policy/event.ts';
import { ALICE } from '../support/answers.ts';
import { type RecordedEvent, withBed } from '../support/edge-proxy-bed.ts';
import { testPolicy } from '../support/policy.ts';

const SERVER = 'inbound';
const PLAIN = Buffer.from(`\0${ALICE.username}\0${ALICE.password}`).toString('base64');
/** In the month that the query of the docs names. */
const NOW_MS = Date.parse('2026-11-30T23:59:59.900Z');
const template = Template.fromStack(stacksOf({ ...SAMPLE, events: { archive: true } }).policy);
const table = inputOf(only('AWS::Glue::Table'));

function only(type: string): Resource['Properties'] {
  const [found] = resourcesOf(template, type);
  return found?.Properties;
}

function inputOf({ TableInput }: Resource['Properties']): Resource['Properties'] {
  return TableInput;
}

/** Sessions of all kinds that are archived; their events as `record-events` is asked to keep them. */
async function reported(): Promise<readonly string[]> {
  const events: string[] = [];
  const sink = { recordJson: (head: string, body: string) => void events.push(`${head},${body.slice(1)}`) };
  const record = sessionRecorder(
    SERVER,
    sink,
    () => undefined,
    () => NOW_MS,
  );
  const screens = [
    { item: 'screen#100-bills', header: new Set(['subject:*bill*']), action: 'tag', tag: 'X-Bill: yes' },
  ];
  let recorded: readonly RecordedEvent[] = [];
  await withBed({ policy: testPolicy({ authentication: 'offered', maxErrors: 3 }, screens) }, async (bed) => {
    recorded = bed.events;
    const stranger = await bed.greeted();
    for (const line of ['EHLO c.example', 'VRFY bob', 'MAIL FROM:<Ann@example.org>']) await stranger.ask(line);
    for (const to of ['Bob@example.com', 'carol@elsewhere.example', 'bob@example.com'])
      await stranger.ask(`RCPT TO:<${to}>`);
    await stranger.ask('DATA');
    await stranger.ask('Message-ID: <m1@example.org>\r\nSubject: the bill\r\n\r\ntext\r\n.');
    // The third is the limit, and ends the session.
    for (let count = 0; count < 3; count += 1) await stranger.ask('NONSENSE');
    const user = await bed.greetedTls();
    for (const line of ['EHLO c.example', `AUTH PLAIN ${PLAIN}`]) await user.ask(line);
    await user.ask('MAIL FROM:<alice@example.com>');
    await user.ask('QUIT');
  });
  for (const { event, origin } of recorded) record(event, origin);
  return events;
}

/** What is in each folder, compressed. */
type Files = ReadonlyMap<string, Uint8Array>;

/** Files as Firehose writes them by the template: the query of the folders, the delimiter, the compression. */
async function delivered(events: readonly string[]): Promise<Files> {
  const { Prefix, CompressionFormat, ProcessingConfiguration } = only(
    'AWS::KinesisFirehose::DeliveryStream',
  ).ExtendedS3DestinationConfiguration;
  expect(CompressionFormat).toBe('GZIP');
  const [query, delimiter] = ProcessingConfiguration.Processors.map(
    ({ Parameters }: { Parameters: { ParameterValue: string }[] }) => Parameters[0]?.ParameterValue,
  );
  const files = new Map<string, string>();
  const send = async ({ input }: { input: { Records: { Data: Uint8Array }[] } }): Promise<object> => {
    for (const { Data } of input.Records) {
      const line = Buffer.from(Data).toString();
      const keys = partitionKeys(query, JSON.parse(line));
      const folder = Prefix.replace(
        /!\{partitionKeyFromQuery:(\w+)\}/g,
        (_: string, key: string) => keys.get(key) ?? '',
      );
      files.set(folder, `${files.get(folder) ?? ''}${line}${delimiter === '\\n' ? '\n' : ''}`);
    }
    return {};
  };
  const { events: parsed } = recordEventsRequestSchema.parse({ events: events.map((event) => JSON.parse(event)) });
  const archive = new FirehoseArchive(Promise.resolve({ send } as never), 'postern-events');
  await archive.put(parsed);
  // One that was sent again, as at least once means.
  await archive.put(parsed.slice(0, 3));
  return new Map([...files].map(([folder, text]) => [folder, gzipSync(text)]));
}

/** What the two forms of jq give that the stream's query has: `.name`, and `.name[from:to]`. */
function partitionKeys(query: string, event: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const entries = query
    .replaceAll(/^\{|\}$/g, '')
    .split(',')
    .map((entry) => /^\s*(\w+): \.(\w+)(?:\[(\d+):(\d+)\])?$/.exec(entry));
  return new Map(
    entries.map((found) => {
      const [, key = '', name = '', from, to] = found ?? [];
      const value = String(event[name]);
      return [key, from === undefined ? value : value.slice(Number(from), Number(to))];
    }),
  );
}

type Row = Readonly<Record<string, unknown>>;

/** The rows of the table, folders as Athena takes them from the template's rule, names as Hive has them. */
function rowsOf(files: Files): readonly Row[] {
  const template = JSON.stringify(table.Parameters['storage.location.template']);
  const [, rule = ''] = /(events\/server=\$\{server\}\/day=\$\{day\}\/)/.exec(template) ?? [];
  const servers: readonly string[] = table.Parameters['projection.server.values'].split(',');
  return servers.flatMap((server) =>
    ['2026-11-29', '2026-11-30', '2026-12-01'].flatMap((day) => {
      const folder = rule.replace(/\$\{server\}/, server).replace(/\$\{day\}/, day);
      const file = files.get(folder);
      const lines = file === undefined ? [] : gunzipSync(file).toString().trimEnd().split('\n');
      return lines.map((line) => ({ ...(lowered(JSON.parse(line)) as Row), server, day }));
    }),
  );
}

/** Names in lower case, in structures too. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name.toLowerCase(), lowered(each)]));
}

let rows: readonly Row[];
beforeAll(async () => {
  rows = rowsOf(await delivered(await reported()));
});

describe('a file of the archive', () => {
  it('lies in the folder of its server and day, where Athena looks', () => {
    expect(new Set(rows.map(({ server, day }) => `${server} ${day}`))).toEqual(new Set(['inbound 2026-11-30']));
    expect(new Set(rows.map(({ type }) => type))).toEqual(
      new Set(['session', 'transaction', 'refusal', 'login', 'limit']),
    );
  });

  it('holds nothing that the table has no column for, and each value has its type', () => {
    const columns: readonly { Name: string; Type: string }[] = table.StorageDescriptor.Columns;
    const types = new Map([...columns, ...table.PartitionKeys].map(({ Name, Type }) => [Name, Type]));

    for (const row of rows) {
      for (const [name, value] of Object.entries(row)) {
        const type = types.get(name) ?? 'no column';
        expect({ name, type, fits: fits(value, type) }).toEqual({ name, type, fits: true });
      }
    }
  });

  it('has the columns that the query reads, and of some session a value in each', () => {
    const names = namesIn(TRACE_QUERY);
    const columns = new Set(columnsOf(table));
    // What a hop says of its refusal; here none refuses.
    const unseen = ['detail'];

    expect([...names].filter((name) => !columns.has(name))).toEqual([]);
    expect([...names].filter((name) => rows.every((row) => row[name] === undefined))).toEqual(unseen);
    const fields = [...TRACE_QUERY.matchAll(/recipients\[n\]\.(\w+)/g)].map(([, field = '']) => field);
    const recipients = rows.flatMap((row) => (row.recipients ?? []) as Row[]);
    expect(fields.filter((field) => recipients.every((each) => each[field] === undefined))).toEqual([]);
  });
});

describe('the query that answers for trace', () => {
  it('finds each message to the recipient once, what was sent twice too, by another engine of SQL', () => {
    expect(rows.filter(({ type, sender }) => type === 'transaction' && sender === 'Ann@example.org')).toHaveLength(2);
    expect(asked(TRACE_QUERY)).toEqual([
      {
        at: '2026-11-30T23:59:59.900Z',
        server: SERVER,
        session: expect.any(String),
        sender: 'Ann@example.org',
        recipient: 'Bob@example.com',
        rcpt: 250,
        outcome: 'accepted',
        nexthop: expect.stringContaining('smtp://'),
        verdict: 'accepted',
        rule: 'next-hop',
        reply: expect.stringMatching(/^250 /),
        detail: null,
        octets: expect.any(Number),
        transaction: expect.any(String),
      },
      expect.objectContaining({ recipient: 'bob@example.com', rcpt: 250 }),
    ]);
  });

  it('tells of one that was refused at RCPT, and nothing of other days', () => {
    const other = TRACE_QUERY.replace('bob@example.com', 'carol@elsewhere.example');

    expect(asked(other)).toMatchObject([{ recipient: 'carol@elsewhere.example', rcpt: 550, outcome: 'refused' }]);
    expect(asked(other.replace('2026-11-30', '2026-11-29'))).toEqual([]);
  });
});

/** Names of columns in a query: what is neither text nor SQL nor a name that the query gives. */
function namesIn(query: string): ReadonlySet<string> {
  const given = [...query.matchAll(/\bAS (\w+)(?: \((\w+)\))?/g)].flatMap(([, ...names]) => names);
  const functions = ['cardinality', 'coalesce', 'events', 'lower', 'row_number', 'sequence'];
  const bare = query.replaceAll(/'[^']*'|\[n\]\.\w+/g, '').match(/\b[a-z]\w*\b/g) ?? [];
  const both = ['nexthop', ...bare.filter((word) => !given.includes(word) && !functions.includes(word))];
  return new Set(both);
}

/** Trino's forms for lists, as SQLite has them; the rest of the query is SQL that both know. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [
    /CROSS JOIN UNNEST\(sequence\(1, cardinality\(recipients\)\)\) AS places \(n\)/,
    'CROSS JOIN (SELECT value AS n FROM generate) AS places',
  ],
  [/cardinality\(recipients\)/g, 'json_array_length(recipients)'],
  [/recipients\[n\]\.(\w+)/g, "json_extract(recipients, '$[' || (n - 1) || '].$1')"],
  [/WHERE copy = 1/, 'WHERE copy = 1 AND n <= json_array_length(recipients)'],
];

function columnsOf({ StorageDescriptor, PartitionKeys }: Resource['Properties']): readonly string[] {
  return [...StorageDescriptor.Columns, ...PartitionKeys].map(({ Name }) => Name);
}

function asked(query: string): readonly Row[] {
  const database = new DatabaseSync(':memory:');
  const columns = columnsOf(table);
  database.exec(`CREATE TABLE events (${columns.map((name) => `"${name}"`).join(', ')})`);
  database.exec('CREATE TABLE generate (value); INSERT INTO generate VALUES (1), (2), (3), (4)');
  const insert = database.prepare(`INSERT INTO events VALUES (${columns.map(() => '?').join(', ')})`);
  for (const row of rows) insert.run(...columns.map((name) => boundValue(row[name])));
  const translated = FORMS.reduce((sql, [form, other]) => sql.replace(form, other), query);
  const found = database.prepare(translated).all();
  database.close();
  return found.map((row) => ({ ...row }));
}

function boundValue(value: unknown): string | number | null {
  if (value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
}
