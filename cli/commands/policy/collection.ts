/** What `domains`, `clients`, `senders` and `issuers` have in common: a list, one item, items put and taken away. */
import type * as z from 'zod';
import type { CollectionName, ItemAnswer } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { ANY_ANSWER } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { effectsOf } from '../../check/effects.ts';
import { UsageError } from '../../cli-error.ts';
import { collect } from '../../collect.ts';
import type { Context } from '../../context.ts';
import type { Column } from '../../output/table.ts';

interface Page {
  readonly next?: string | undefined;
}

export interface Collection<Item extends ItemAnswer, P extends Page = Page> {
  /** As the API's paths have it. */
  readonly name: CollectionName;
  readonly singular: string;
  readonly prefix: string;
  readonly answer: z.ZodType<Item>;
  readonly page: z.ZodType<P>;
  readonly entries: (page: P) => readonly Item[];
  readonly nameOf: (item: Item) => string;
  /** Columns between the name and the note. */
  readonly columns: readonly Column<Item>[];
}

function columnsOf<Item extends ItemAnswer, P extends Page>({
  singular,
  nameOf,
  columns,
}: Collection<Item, P>): readonly Column<Item>[] {
  return [
    { heading: singular.toUpperCase(), cell: nameOf },
    ...columns,
    { heading: 'NOTE', cell: ({ given }) => given.note, mayBeCut: true },
    { heading: 'PROBLEM', cell: ({ problem }) => problem, mayBeCut: true, style: () => 'red' },
  ];
}

function placeOf(server: string, name: CollectionName): string {
  return `${path`/servers/${server}`}/${name}`;
}

export async function listItems<Item extends ItemAnswer, P extends Page>(
  collection: Collection<Item, P>,
  server: string,
  { api, output }: Context,
): Promise<number> {
  const { name, page: answer, entries } = collection;
  const call = { path: placeOf(server, name), doing: `list ${name} of ${server}`, answer, entries };
  output.list(columnsOf(collection), await collect(api.pages(call)), `${server} has no ${name}.`);
  return 0;
}

/**
 * Shows one item.
 *
 * @param others words that came after the name: none are expected, and the first word was no action
 * @param actions what there is to do
 */
export async function showItem<Item extends ItemAnswer, P extends Page>(
  collection: Collection<Item, P>,
  { server, name, others, actions }: ShownItem,
  { api, output }: Context,
): Promise<number> {
  if (others.length > 0) throw new UsageError(`"${name}" is not one of ${actions.join(', ')}`);
  const { value, raw } = await api.call({
    path: `${placeOf(server, collection.name)}${path`/${name}`}`,
    doing: `show ${collection.singular} ${name} of ${server}`,
    answer: collection.answer,
  });
  if (output.isJson) output.json(raw);
  else {
    const { changedBy, changedAt } = value;
    output.facts([
      ...columnsOf(collection).map(({ heading, cell }) => [heading.toLowerCase(), cell(value)] as const),
      ['changed', changedBy === undefined ? undefined : `${output.moment(changedAt)} by ${changedBy}`],
    ]);
  }
  return 0;
}

export interface ShownItem {
  readonly server: string;
  readonly name: string;
  readonly others: readonly string[];
  readonly actions: readonly string[];
}

/** Makes or replaces items that say `attributes`, one after the other; stops at the first that is refused. */
export async function putItems<Item extends ItemAnswer, P extends Page>(
  collection: Collection<Item, P>,
  server: string,
  { names, attributes }: { readonly names: readonly string[]; readonly attributes: Readonly<Record<string, unknown>> },
  context: Context,
): Promise<number> {
  const { api, output } = context;
  const keys: string[] = [];
  for (const name of names) {
    const { status, value, raw } = await api.call({
      method: 'PUT',
      path: `${placeOf(server, collection.name)}${path`/${name}`}`,
      doing: `add ${collection.singular} ${name} of ${server}`,
      answer: collection.answer,
      body: attributes,
    });
    const shown = collection.nameOf(value);
    keys.push(`${collection.prefix}${shown}`);
    if (output.isJson) output.jsonLine(raw);
    else
      output.line(
        `${server}: ${collection.singular} ${shown} ${status === 201 ? 'added' : 'exists already, now as given here'}`,
      );
  }
  await effectsOf({ server, items: keys }, context);
  return 0;
}

export async function removeFromCollection<Item extends ItemAnswer, P extends Page>(
  { name: collection, singular }: Collection<Item, P>,
  server: string,
  names: readonly string[],
  context: Context,
): Promise<number> {
  const { api, output } = context;
  for (const name of names) {
    const doing = `remove ${singular} ${name} of ${server}`;
    const at = `${placeOf(server, collection)}${path`/${name}`}`;
    await api.call({ method: 'DELETE', path: at, doing, answer: ANY_ANSWER });
    if (!output.isJson) output.line(`${server}: ${singular} ${name} removed`);
  }
  await effectsOf({ server, items: ['settings'] }, context);
  return 0;
}
