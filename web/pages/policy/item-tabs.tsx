/** Relay domains, clients and senders of a server: lists that are edited in place. */
import { useState } from 'preact/hooks';
import type { ItemAnswer } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { tell } from '../../client/edit.ts';
import { addItem, changeItem, removeItem, type SeenItem } from '../../client/item-edit.ts';
import { path } from '../../client/path.ts';
import { useList } from '../../client/use-load.ts';
import { textOf, whoText } from '../../core/events.ts';
import { Inline } from '../../parts/inline.tsx';
import { Choice, Field, Moment, problemOf, Strange, Waiting, Wrong } from '../../parts/small.tsx';
import { type Column, Table } from '../../parts/table.tsx';

type Attributes = Readonly<Record<string, unknown>>;

interface ItemField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly choices?: readonly (readonly [value: string, words: string])[];
}

interface Collection {
  readonly name: 'domains' | 'clients' | 'senders';
  /** The member of an answer that names an entry. */
  readonly key: 'domain' | 'cidr' | 'sender';
  readonly noun: string;
  readonly label: string;
  readonly hint: string;
  readonly fields: readonly ItemField[];
  readonly about: string;
  readonly nothing: string;
}

const NOTE: ItemField = { name: 'note', label: 'Note' };

const DOMAINS: Collection = {
  name: 'domains',
  key: 'domain',
  noun: 'domain',
  label: 'Domain',
  hint: 'example.com; subdomains are listed themselves',
  fields: [{ name: 'nextHop', label: 'Next hop', hint: 'smtp://host:port or ses; empty, as the settings say' }, NOTE],
  about: 'Mail for these domains is taken from everybody.',
  nothing: 'No domain is listed: mail is taken from nobody but users and relay networks.',
};
const CLIENTS: Collection = {
  name: 'clients',
  key: 'cidr',
  noun: 'client network',
  label: 'Network',
  hint: '203.0.113.0/24, or one address',
  fields: [
    {
      name: 'access',
      label: 'Access',
      choices: [
        ['deny', 'deny'],
        ['relay', 'relay'],
      ],
    },
    NOTE,
  ],
  about: 'deny: the connection is refused. relay: it may send where users may. The most specific network wins.',
  nothing: 'No network is named: every client is served, and none may relay.',
};
const SENDERS: Collection = {
  name: 'senders',
  key: 'sender',
  noun: 'sender',
  label: 'Address or domain',
  hint: 'eve@example.com, or example.com for all of it',
  fields: [{ name: 'access', label: 'Access', choices: [['deny', 'deny']] }, NOTE],
  about: 'Senders that are refused in MAIL.',
  nothing: 'No sender is refused.',
};

export function DomainsTab({ server }: { readonly server: string }) {
  return <ItemTab server={server} collection={DOMAINS} />;
}

export function ClientsTab({ server }: { readonly server: string }) {
  return <ItemTab server={server} collection={CLIENTS} />;
}

export function SendersTab({ server }: { readonly server: string }) {
  return <ItemTab server={server} collection={SENDERS} />;
}

interface TabOptions {
  readonly server: string;
  readonly collection: Collection;
}

function nameOf(item: ItemAnswer, { key }: Collection): string {
  return textOf((item as Attributes)[key]);
}

function ItemTab({ server, collection }: TabOptions) {
  const { name, noun, about, nothing } = collection;
  const list = useList<ItemAnswer>({
    path: path`/servers/${server}/${name}`,
    entries: (page) => page[name] as readonly ItemAnswer[],
  });
  return (
    <>
      <p class="quiet">{about}</p>
      <AddItem server={server} collection={collection} />
      <Wrong error={list.error} />
      <Waiting isOn={list.isLoading && list.value === undefined} />
      {list.value !== undefined && (
        <Table
          noun={noun}
          rows={list.value}
          columns={columnsOf(server, collection)}
          rowKey={(item) => nameOf(item, collection)}
          nothing={nothing}
          more={list.hasMore ? list.loadMore : undefined}
        />
      )}
    </>
  );
}

function seen(server: string, item: ItemAnswer, collection: Collection): SeenItem {
  const name = nameOf(item, collection);
  return {
    path: path`/servers/${server}/${collection.name}/${name}`,
    name: `${collection.noun} ${name} of ${server}`,
    given: item.given,
  };
}

function columnsOf(server: string, collection: Collection): readonly Column<ItemAnswer>[] {
  const { key, label, fields } = collection;
  return [
    {
      key,
      heading: label,
      text: (item) => nameOf(item, collection),
      cell: (item) => (
        <>
          <Strange text={nameOf(item, collection)} />
          {item.problem !== undefined && (
            <div class="problem">
              not in force: <Strange text={item.problem} />
            </div>
          )}
        </>
      ),
    },
    ...fields.map((field): Column<ItemAnswer> => fieldColumn(field, server, collection)),
    {
      key: 'changed',
      heading: 'Changed',
      text: ({ changedAt = '', changedBy }) => `${changedAt} ${whoText(changedBy)}`,
      cell: ({ changedAt, changedBy }) =>
        changedAt === undefined ? (
          ''
        ) : (
          <>
            <Moment at={changedAt} /> by <Strange text={whoText(changedBy)} most={40} />
          </>
        ),
      isWide: true,
    },
    {
      key: 'remove',
      heading: '',
      text: () => '',
      cell: (item) => (
        <button
          type="button"
          aria-label={`Remove ${nameOf(item, collection)}`}
          onClick={() =>
            void removeItem(seen(server, item, collection)).catch((error: Error) => tell(error.message, 'bad'))
          }
        >
          Remove
        </button>
      ),
    },
  ];
}

function fieldColumn(field: ItemField, server: string, collection: Collection): Column<ItemAnswer> {
  const { name, label, choices } = field;
  const givenText = (item: ItemAnswer): string => textOf(item.given[name]);
  return {
    key: name,
    heading: label,
    text: givenText,
    isWide: name === 'note',
    cell: (item) => (
      <Inline
        label={`${label} of ${nameOf(item, collection)}`}
        attribute={name}
        value={givenText(item)}
        choices={choices}
        placeholder={name === 'nextHop' ? textOf((item as Attributes).nextHop) : ''}
        onSave={(text) => changeItem(seen(server, item, collection), withValue(item.given, name, text))}
      />
    ),
  };
}

function withValue(given: Attributes, name: string, text: string): Attributes {
  const { [name]: _before, ...rest } = given;
  return text === '' ? rest : { ...rest, [name]: text };
}

function AddItem({ server, collection }: TabOptions) {
  const { name: list, noun, label, hint, fields } = collection;
  const first = Object.fromEntries(fields.map(({ name, choices }) => [name, choices?.[0]?.[0] ?? '']));
  const [name, setName] = useState('');
  const [values, setValues] = useState<Readonly<Record<string, string>>>(first);
  const [error, setError] = useState<Error>();
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
    const item = {
      path: path`/servers/${server}/${list}/${name.trim()}`,
      name: `${noun} ${name.trim()} of ${server}`,
      given: undefined,
    };
    try {
      setError(undefined);
      if (name.trim() === '') throw new Error(`The ${noun} is missing`);
      if (await addItem(item, given)) {
        setName('');
        setValues(first);
      }
    } catch (caught) {
      setError(caught as Error);
    }
  };
  const set = (field: string) => (value: string) => setValues({ ...values, [field]: value });
  const isOfField = fields.some((field) => problemOf(error, field.name) !== undefined);
  return (
    <form class="form" aria-label={`Add a ${noun}`} onSubmit={(event) => void add(event)}>
      <Field
        label={label}
        hint={hint}
        value={name}
        onInput={setName}
        problem={isOfField ? undefined : error?.message}
      />
      {fields.map((field) =>
        field.choices === undefined ? (
          <Field
            key={field.name}
            label={field.label}
            hint={field.hint}
            value={values[field.name] ?? ''}
            onInput={set(field.name)}
            problem={problemOf(error, field.name)}
          />
        ) : (
          <Choice
            key={field.name}
            label={field.label}
            value={values[field.name] ?? ''}
            choices={field.choices}
            onChange={set(field.name)}
            problem={problemOf(error, field.name)}
          />
        ),
      )}
      <div class="field">
        <span class="spacer" aria-hidden="true" />
        <button type="submit" class="main">
          Add
        </button>
      </div>
    </form>
  );
}
