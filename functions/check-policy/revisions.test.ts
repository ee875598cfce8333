import { expect, it } from 'vitest';
import { markRevisions } from './revisions.ts';
import type { ChangeRecord, ItemRecord } from './stream-record.ts';

function change(item: string, order: string, part: Partial<ItemRecord> = {}): ItemRecord {
  const after = { server: { S: 'mx1' }, item: { S: item }, access: { S: 'deny' } };
  return { kind: 'item', server: 'mx1', item, id: order, sequenceNumber: order, at: order, order, after, ...part };
}

async function marked(changes: readonly ChangeRecord[], problem?: Error) {
  const revisions: string[] = [];
  const revise = async (server: string, revision: string): Promise<void> => {
    if (problem !== undefined) throw problem;
    revisions.push(`${server} ${revision}`);
  };
  const untold = await markRevisions(changes, { revise });
  return { revisions, untold: untold.map(({ sequenceNumber }) => sequenceNumber) };
}

it('gives each server the revision of its last change, once a batch', async () => {
  const changes = [
    change('client#192.0.2.0/24', '1'),
    change('command#AUTH', '2', { server: 'mx2' }),
    change('screen#100-exe', '3'),
    change('sender#spam.example', '4', { server: 'mx2' }),
  ];

  expect((await marked(changes)).revisions).toEqual(['mx1 3', 'mx2 4']);
});

it.each([
  ['settings, which each look reads', change('settings', '1')],
  ['a domain, which no snapshot has', change('domain#example.com', '1')],
  ['an item that no one reads', change('clients', '1')],
])('has nothing to tell of %s', async (_what, record) => {
  expect((await marked([record])).revisions).toEqual([]);
});

it('has nothing to tell of what Postern writes about an item, nor of a user', async () => {
  const after = { server: { S: 'mx1' }, item: { S: 'command#AUTH' }, maxOctets: { S: '5OO' } };
  const own = change('command#AUTH', '1', { before: after, after: { ...after, problem: { S: 'is not a number' } } });
  const { server: _server, item: _item, ...facts } = change('', '2');

  expect((await marked([own, { ...facts, kind: 'user', user: 'alice@example.com' }])).revisions).toEqual([]);
});

it('names the changes that could not be told of, which are then delivered again', async () => {
  const changes = [change('client#192.0.2.0/24', '1'), change('domain#example.com', '2'), change('command#AUTH', '3')];

  expect((await marked(changes, new Error('throttled'))).untold).toEqual(['1', '3']);
});
