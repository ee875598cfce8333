/** What `domains`, `clients`, `senders` and `issuers` have in common: a list, one item, items put and taken away. */

import { anyAnswer, type ItemAnswer, itemAnswer, itemsAnswer } from '../api/answers.ts';
import { path } from '../api/path.ts';
import { collect } from '../collect.ts';
import type { Context } from '../context.ts';
import type { Column } from '../output/table.ts';

export interface Collection {
  /** As the API's paths have it. */
  readonly name: 'domains' | 'clients' | 'senders' | 'issuers';
  readonly singular: string;
  /** The member of an answer that is the item's name. */
  readonly parameter: string;
  /** Columns between the name and the note. */
  readonly columns: readonly Column<ItemAnswer>[];
}

function columnsOf({ parameter, singular, columns }: Collection): readonly Column<ItemAnswer>[] {
  return [
    { heading: singular.toUpperCase(), cell: (item) => item[parameter] },
    ...columns,
    { heading: 'NOTE', cell: ({ given }) => given.note, mayBeCut: true },
    { heading: 'PROBLEM', cell: ({ problem }) => problem, mayBeCut: true },
  ];
}

function placeOf(server: string, { name }: Collection): string {
  return `${path`/servers/${server}`}/${name}`;
}

export async function listItems(collection: Collection, server: string, { api, output }: Context): Promise<number> {
  const { name } = collection;
  const call = { path: placeOf(server, collection), doing: `list ${name} of ${server}`, answer: itemsAnswer(name) };
  const items = await collect(api.pages(call));
  if (output.isJson) for (const item of items) output.jsonLine(item);
  else output.table(columnsOf(collection), items, `${server} has no ${name}.`);
  return 0;
}

export async function showItem(
  collection: Collection,
  server: string,
  name: string,
  { api, output }: Context,
): Promise<number> {
  const { value, raw } = await api.call({
    path: `${placeOf(server, collection)}${path`/${name}`}`,
    doing: `show ${collection.singular} ${name} of ${server}`,
    answer: itemAnswer,
  });
  if (output.isJson) output.json(raw);
  else {
    const { changedBy, changedAt } = value;
    output.facts([
      ...columnsOf(collection).map(({ heading, cell }) => [heading.toLowerCase(), cell(value)] as const),
      ['changed', changedBy === undefined ? undefined : `${changedAt} by ${changedBy}`],
    ]);
  }
  return 0;
}

/** Makes or replaces items that say `attributes`, one after the other; stops at the first that is refused. */
export async function putItems(
  collection: Collection,
  server: string,
  { names, attributes }: { readonly names: readonly string[]; readonly attributes: Readonly<Record<string, unknown>> },
  { api, output }: Context,
): Promise<number> {
  for (const name of names) {
    const { status, value, raw } = await api.call({
      method: 'PUT',
      path: `${placeOf(server, collection)}${path`/${name}`}`,
      doing: `put ${collection.singular} ${name} of ${server}`,
      answer: itemAnswer,
      body: attributes,
    });
    if (output.isJson) output.jsonLine(raw);
    else {
      const shown = value[collection.parameter];
      output.line(`${server}: ${collection.singular} ${shown} ${status === 201 ? 'added' : 'is there as you say'}`);
    }
  }
  return 0;
}

export async function removeItems(
  collection: Collection,
  server: string,
  names: readonly string[],
  { api, output }: Context,
): Promise<number> {
  for (const name of names) {
    const doing = `remove ${collection.singular} ${name} of ${server}`;
    const at = `${placeOf(server, collection)}${path`/${name}`}`;
    await api.call({ method: 'DELETE', path: at, doing, answer: anyAnswer });
    if (!output.isJson) output.line(`${server}: ${collection.singular} ${name} removed`);
  }
  return 0;
}
