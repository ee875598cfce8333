/** A table that sorts, filters and pages, with its state in the address; j, k and Enter go through its rows. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { announce } from '../client/announce.ts';
import { useStore } from '../client/store.ts';
import { refine, view } from '../client/view.ts';
import { nextSort, PAGE_ROWS, type TableColumn, tablePage, tableState } from '../core/table.ts';
import { counted, grouped } from '../core/words.ts';
import { Scroll } from './scroll.tsx';
import { Field } from './small.tsx';

export interface Column<Row> extends TableColumn<Row> {
  /** What stands in the cell, where it is more than its text. */
  readonly cell?: (row: Row) => ComponentChildren;
  readonly isNumber?: boolean;
  /** Left out where the screen is narrow. */
  readonly isWide?: boolean;
}

interface TableOptions<Row> {
  /** What the rows are: `session`; names the table too. */
  readonly noun: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Where Enter goes; the first cell becomes the link. */
  readonly link?: (row: Row) => string;
  readonly rowClass?: (row: Row) => string;
  readonly nothing: string;
  /** Tells two tables of one view apart. */
  readonly prefix?: string;
  readonly hasFilter?: boolean;
  /** What stands beside the filter. */
  readonly tools?: ComponentChildren;
  /** There is more than was read. */
  readonly more?: (() => void) | undefined;
}

export function Table<Row>(options: TableOptions<Row>) {
  const { noun, rows, columns, rowKey, link, rowClass, nothing, prefix = '', hasFilter = true, tools, more } = options;
  const state = tableState(useStore(view).query, prefix);
  const { rows: shown, found, page, pages } = tablePage(rows, columns, state);
  const sum = `${counted(found, noun)}${more === undefined ? '' : ', and more'}${found === rows.length ? '' : ` of ${grouped(rows.length)}`}`;
  useEffect(() => {
    if (state.filter !== '') announce(sum);
  }, [sum]);
  return (
    <section class="table" aria-label={`${noun}s`}>
      <div class="tools">
        {hasFilter && (
          <Field
            label={`Filter ${noun}s`}
            type="search"
            isSearch
            value={state.filter}
            onInput={(text) => refine({ [`${prefix}q`]: text, [`${prefix}page`]: undefined })}
          />
        )}
        {tools}
      </div>
      <Scroll label={`Table of ${noun}s`}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} sort={state.sort} prefix={prefix} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)} class={rowClass?.(row)}>
                {columns.map((column, index) => (
                  <td key={column.key} class={classOf(column)}>
                    {index === 0 && link !== undefined ? (
                      <a href={link(row)} data-row="">
                        {column.cell?.(row) ?? column.text(row)}
                      </a>
                    ) : (
                      (column.cell?.(row) ?? column.text(row))
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {found === 0 && <p class="nothing">{state.filter === '' ? nothing : `No ${noun} has these words.`}</p>}
      <div class="pager">
        <span>{sum}</span>
        {pages > 1 && <Pager page={page} pages={pages} prefix={prefix} />}
        {more !== undefined && (
          <button type="button" onClick={more}>
            Read more
          </button>
        )}
      </div>
    </section>
  );
}

function classOf<Row>({ isNumber, isWide }: Column<Row>): string | undefined {
  const classes = [isNumber === true ? 'number' : '', isWide === true ? 'wide' : ''].filter((each) => each !== '');
  return classes.length === 0 ? undefined : classes.join(' ');
}

interface HeadingOptions<Row> {
  readonly column: Column<Row>;
  readonly sort: string | undefined;
  readonly prefix: string;
}

function Heading<Row>({ column, sort, prefix }: HeadingOptions<Row>) {
  const { key, heading } = column;
  const way = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : undefined;
  const mark = way === undefined ? '' : way === 'ascending' ? ' ▲' : ' ▼';
  if (heading === '') {
    return <td class={classOf(column)} />;
  }
  return (
    <th scope="col" aria-sort={way} class={classOf(column)}>
      <button
        type="button"
        class="sort"
        onClick={() => refine({ [`${prefix}sort`]: nextSort(sort, key), [`${prefix}page`]: undefined })}
      >
        {heading}
        <span aria-hidden="true">{mark}</span>
      </button>
    </th>
  );
}

function Pager({ page, pages, prefix }: { readonly page: number; readonly pages: number; readonly prefix: string }) {
  const to = (next: number): void => {
    refine({ [`${prefix}page`]: next === 1 ? undefined : `${next}` });
    announce(`Page ${next} of ${pages}, ${PAGE_ROWS} rows each`);
  };
  return (
    <nav aria-label="Pages">
      <button type="button" disabled={page === 1} onClick={() => to(page - 1)}>
        Previous
      </button>
      <span>
        Page {page} of {pages}
      </span>
      <button type="button" disabled={page === pages} onClick={() => to(page + 1)}>
        Next
      </button>
    </nav>
  );
}
