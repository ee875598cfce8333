import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../policy/event.ts';
import { SAMPLE } from '../test-support/context.ts';
import { fits } from '../test-support/hive-type.ts';
import { resourcesOf, stacksOf, statementsOf } from '../test-support/synthesis.ts';
import { archiveColumns } from './columns.ts';
import { TRACE_QUERY } from './trace-query.ts';

const stacks = stacksOf({ ...SAMPLE, events: { archive: true } });
const template = Template.fromStack(stacks.policy);
const functions = Template.fromStack(stacks.functions);

describe('the archive', () => {
  it('is none unless it is wanted', () => {
    const without = Template.fromStack(stacksOf().policy);

    expect(resourcesOf(without, 'AWS::KinesisFirehose::DeliveryStream')).toEqual([]);
  });

  it('is compressed, in a folder a server and day, a line an event', () => {
    template.hasResourceProperties('AWS::KinesisFirehose::DeliveryStream', {
      ExtendedS3DestinationConfiguration: {
        CompressionFormat: 'GZIP',
        DynamicPartitioningConfiguration: { Enabled: true },
        Prefix: 'events/server=!{partitionKeyFromQuery:server}/day=!{partitionKeyFromQuery:day}/',
        ProcessingConfiguration: {
          Processors: [
            Match.objectLike({ Type: 'MetadataExtraction' }),
            { Type: 'AppendDelimiterToRecord', Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }] },
          ],
        },
      },
    });
  });

  it('is asked in the folders of the servers that there are, as Athena knows them by rule', () => {
    const [table] = resourcesOf(template, 'AWS::Glue::Table');
    const { Parameters, PartitionKeys, StorageDescriptor } = table?.Properties.TableInput ?? {};

    expect(Parameters['projection.server.values']).toBe('submission,inbound');
    expect(JSON.stringify(Parameters['storage.location.template'])).toMatch(/server=\$\{server\}\/day=\$\{day\}\//);
    expect(PartitionKeys.map(({ Name }: { Name: string }) => Name)).toEqual(['server', 'day']);
    expect(StorageDescriptor.Columns).toHaveLength(archiveColumns().length);
  });

  it('outlives the stack, and its objects go after a year, answers after a week', () => {
    const buckets = template.findResources('AWS::S3::Bucket');
    const archive = Object.values(buckets).find((bucket) => JSON.stringify(bucket).includes('"events/"'));

    expect(archive).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(archive?.Properties.LifecycleConfiguration.Rules).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Prefix: 'events/', ExpirationInDays: 365 }),
        expect.objectContaining({ Prefix: 'results/', ExpirationInDays: 7 }),
      ]),
    );
  });

  it('is written by record-events alone, which may do nothing else with it', () => {
    const puts = statementsOf(functions).filter(({ Action }) => JSON.stringify(Action).includes('firehose'));

    expect(puts).toMatchObject([{ Action: 'firehose:PutRecordBatch' }]);
    expect(JSON.stringify(puts[0]?.Resource)).toContain('deliverystream/postern-events');
    functions.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ POSTERN_ARCHIVE_STREAM: 'postern-events' }) },
    });
  });
});

const SESSION = {
  id: 'e1',
  at: '2026-03-01T10:00:00.000Z',
  server: 'inbound',
  keepDays: 30,
  policyVersion: '0123456789abcdef',
  session: 's1',
  client: { address: '192.0.2.1', port: 40_000, helo: 'client.example', tls: true },
  identity: 'alice@example.com',
};
const COMMAND = {
  verb: 'RCPT',
  octets: 30,
  reply: 250,
  line: 'RCPT TO:<bob@example.com>',
  answer: '2.1.5 OK',
  atMs: 4,
};
/** As edge proxies report them, with every attribute that they may have. */
const EVENTS = [
  {
    ...SESSION,
    type: 'transaction',
    transaction: 't1',
    sender: 'alice@example.com',
    recipients: [
      { address: 'bob@example.com', reply: 250, rule: 'domain#example.com', nextHop: 'mta:25', outcome: 'accepted' },
    ],
    acceptedCount: 1,
    refusedCount: 0,
    octets: 1000,
    verdict: 'accepted',
    rule: 'next-hop',
    reply: '250 2.0.0 OK',
    detail: 'queued',
    nextHop: 'mta:25',
    hopTls: true,
    durationMs: 12,
    commands: [COMMAND],
  },
  {
    ...SESSION,
    type: 'session',
    ending: 'QUIT',
    transactions: 1,
    outcome: { accepted: 1 },
    durationMs: 40,
    commands: [],
  },
  { ...SESSION, type: 'refusal', rule: 'command#VRFY', verb: 'VRFY', octets: 10, limit: 6, reply: '502 5.5.1 Off' },
  { ...SESSION, type: 'login', mechanism: 'PLAIN', username: 'alice', verdict: 'permit', reply: '235 2.7.0 OK' },
  { ...SESSION, type: 'limit', rule: 'settings#maxConnections', limit: 10, reply: '421 4.7.0 Later' },
];

describe('a column', () => {
  const columns = new Map(archiveColumns().map(({ name, type }) => [name, type]));

  it.each(EVENTS.map((event) => [event.type, event] as const))(
    'is there for all of a %s, of its type',
    (_type, event) => {
      expect(eventSchema.safeParse(event).error).toBeUndefined();
      const { server: _server, keepDays: _keepDays, ...told } = event;

      for (const [name, value] of Object.entries(told)) {
        const type = columns.get(name.toLowerCase());
        expect({ name, fits: type !== undefined && fits(value, type) }).toEqual({ name, fits: true });
      }
    },
  );

  it('has a name that Glue takes', () => {
    for (const name of columns.keys()) expect(name).toMatch(/^[a-z_]+$/);
  });
});

describe('the query that answers for trace', () => {
  it('names columns that there are', () => {
    const words = new Set(TRACE_QUERY.replaceAll(/'[^']*'/g, '').match(/\b[a-z_]+\b/g));
    const known = new Set([...archiveColumns().map(({ name }) => name), 'server', 'day']);

    for (const name of [
      'at',
      'session',
      'sender',
      'recipients',
      'verdict',
      'rule',
      'reply',
      'detail',
      'octets',
      'id',
      'type',
    ]) {
      expect({ name, isAsked: words.has(name), isThere: known.has(name) }).toEqual({
        name,
        isAsked: true,
        isThere: true,
      });
    }
  });

  it('is in the docs as the deployment saves it', () => {
    const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'scale.md'), 'utf8');

    expect(docs).toContain(TRACE_QUERY);
  });
});
