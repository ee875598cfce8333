/** Users: who may log in, where, and send as whom. */
import { useState } from 'preact/hooks';
import type { UserAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { save } from '../client/edit.ts';
import { path } from '../client/path.ts';
import { useServers } from '../client/servers.ts';
import { useList } from '../client/use-load.ts';
import { go } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { textOf } from '../core/events.ts';
import { listOfWords } from '../core/settings.ts';
import { limitsText } from '../core/users.ts';
import { valueText } from '../core/words.ts';
import { Field, problemOf, Strange, Tag, Waiting, Wrong } from '../parts/small.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { User } from './user.tsx';

const COLUMNS: readonly Column<UserAnswer>[] = [
  { key: 'user', heading: 'User', text: ({ user }) => user, cell: ({ user }) => <Strange text={user} most={80} /> },
  {
    key: 'state',
    heading: 'State',
    text: ({ enabled, problem }) => (problem !== undefined ? 'not in force' : enabled === false ? 'off' : 'on'),
    cell: ({ enabled, problem }) => {
      if (problem !== undefined) return <Tag tone="bad">not in force</Tag>;
      return <Tag tone={enabled === false ? 'warn' : 'good'}>{enabled === false ? 'off' : 'on'}</Tag>;
    },
  },
  {
    key: 'servers',
    heading: 'Servers',
    text: ({ servers }) => valueText(servers),
    cell: ({ servers }) => <Strange text={valueText(servers)} most={80} />,
  },
  {
    key: 'senders',
    heading: 'Senders',
    text: ({ senders }) => valueText(senders),
    cell: ({ senders }) => <Strange text={valueText(senders)} most={80} />,
    isWide: true,
  },
  { key: 'limits', heading: 'Limits', text: ({ limits }) => limitsText(limits), isWide: true },
  {
    key: 'password',
    heading: 'Password',
    text: ({ hasPassword }) => (hasPassword ? 'yes' : 'none (OAuth)'),
    isWide: true,
  },
  {
    key: 'note',
    heading: 'Note',
    text: ({ note }) => textOf(note),
    cell: ({ note }) => <Strange text={textOf(note)} most={60} />,
    isWide: true,
  },
];

export function Users({ name }: { readonly name: string | undefined }) {
  return name === undefined ? <UserList /> : <User key={name} name={name} />;
}

function UserList() {
  const list = useList<UserAnswer>({ path: '/users', entries: (page) => page.users as readonly UserAnswer[] });
  return (
    <>
      <h1>Users</h1>
      <AddUser />
      <Wrong error={list.error} />
      <Waiting isOn={list.isLoading && list.value === undefined} />
      {list.value !== undefined && (
        <Table
          noun="user"
          rows={list.value}
          columns={COLUMNS}
          rowKey={({ user }) => user}
          link={({ user }) => linkTo(['users', user])}
          nothing="There is no user."
          more={list.hasMore ? list.loadMore : undefined}
        />
      )}
    </>
  );
}

function AddUser() {
  const servers = (useServers().value ?? []).map(({ server }) => server);
  const [values, setValues] = useState({ name: '', servers: '', password: '' });
  const [error, setError] = useState<Error>();
  const set = (changes: Partial<typeof values>): void => setValues({ ...values, ...changes });
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    const name = values.name.trim();
    const at = path`/users/${name}`;
    try {
      if (name === '') throw new Error('The name is missing');
      const body = {
        servers: listOfWords(values.servers),
        ...(name.includes('@') ? { senders: [name] } : {}),
        ...(values.password === '' ? {} : { password: values.password }),
      };
      const undo = (etag: string | undefined) => ({
        what: `Took user ${name} back`,
        method: 'DELETE' as const,
        path: at,
        basis: etag,
      });
      const saved = await save({ what: `Made user ${name}`, method: 'PUT', path: at, body, basis: 'new', undo });
      if (saved !== undefined) go({ path: ['users', name], query: {} });
    } catch (caught) {
      setError(caught as Error);
    }
  };
  return (
    <details>
      <summary>New user</summary>
      <form class="form card" aria-label="New user" onSubmit={(event) => void add(event)}>
        <Field label="Name to log in with" value={values.name} onInput={(name) => set({ name })} />
        <Field
          label="Servers"
          hint="With commas"
          list={servers}
          value={values.servers}
          onInput={(text) => set({ servers: text })}
          problem={problemOf(error, 'servers')}
        />
        <Field
          label="Password of the user"
          hint="8 characters at least; empty for a user who logs in by OAuth alone"
          type="password"
          value={values.password}
          onInput={(password) => set({ password })}
          problem={problemOf(error, 'password')}
        />
        <div class="field">
          <span class="spacer" aria-hidden="true" />
          <button type="submit" class="main">
            Make
          </button>
        </div>
        <Wrong error={error} />
      </form>
    </details>
  );
}
