/** One user: servers, senders, limits, password, lockouts, and the sessions of the user. */
import { useEffect, useState } from 'preact/hooks';
import type { LockoutAnswer, UserAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { call, reloadAll } from '../client/api.ts';
import { save, saveOrTell, tell } from '../client/edit.ts';
import { path } from '../client/path.ts';
import { useServers } from '../client/servers.ts';
import { useAnswer, useList } from '../client/use-load.ts';
import { go } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { whoText } from '../core/events.ts';
import { LIMITS, usedText, userForm, userPatch } from '../core/users.ts';
import { counted } from '../core/words.ts';
import { confirm } from '../parts/dialog.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Copy, Facts, Field, Moment, problemOf, Strange, Tick, Waiting, Wrong } from '../parts/small.tsx';

interface Seen {
  readonly value: UserAnswer;
  readonly etag: string | undefined;
}

export function User({ name }: { readonly name: string }) {
  const { value, error, isLoading } = useAnswer<UserAnswer>(path`/users/${name}`);
  return (
    <>
      <h1>
        User <Strange text={name} /> <Copy text={name} what="the user's name" />
      </h1>
      <Wrong error={error} />
      <Waiting isOn={isLoading && value === undefined} />
      {value !== undefined && <Shown seen={value} />}
    </>
  );
}

function Shown({ seen }: { readonly seen: Seen }) {
  const { user, problem, changedBy, changedAt, hasPassword, servers } = seen.value;
  const server = Array.isArray(servers) ? servers.map(String)[0] : undefined;
  return (
    <>
      <Facts
        facts={[
          [
            'Not in force',
            problem === undefined ? undefined : (
              <span key="problem" class="problem">
                <Strange text={problem} />
              </span>
            ),
          ],
          ['Password', hasPassword ? 'yes' : 'none: logs in by OAuth alone'],
          [
            'Changed',
            changedAt === undefined ? undefined : (
              <span key="changed">
                <Moment at={changedAt} /> by <Strange text={whoText(changedBy)} />
              </span>
            ),
          ],
        ]}
      />
      <p>
        <a href={linkTo(['sessions'], { user })}>Sessions of this user</a> ·{' '}
        <a href={linkTo(server === undefined ? ['try'] : ['try', server], { user, from: user })}>Try as this user</a>
      </p>
      <Attributes seen={seen} />
      <Password seen={seen} />
      <Lockouts user={user} />
      <Removal seen={seen} />
    </>
  );
}

function Attributes({ seen: { value, etag } }: { readonly seen: Seen }) {
  const before = userForm(value);
  const [form, setForm] = useState(before);
  const [error, setError] = useState<Error>();
  const servers = (useServers().value ?? []).map(({ server }) => server);
  useEffect(() => setForm(userForm(value)), [etag]);
  const set = (changes: Partial<typeof form>): void => setForm({ ...form, ...changes });
  const patch = userPatch(before, form);
  const isChanged = Object.keys(patch).length > 0;
  const at = path`/users/${value.user}`;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    const back = userPatch(form, before);
    const undo = (tag: string | undefined) => ({
      what: `Put user ${value.user} back`,
      method: 'PATCH' as const,
      path: at,
      body: back,
      basis: tag,
    });
    try {
      await save({ what: `Changed user ${value.user}`, method: 'PATCH', path: at, body: patch, basis: etag, undo });
    } catch (caught) {
      setError(caught as Error);
    }
  };
  return (
    <form class="card" aria-label="What the user may do" onSubmit={(event) => void submit(event)}>
      <h2>What the user may do</h2>
      <div class="form">
        <Tick label="May log in" isOn={form.enabled} onChange={(enabled) => set({ enabled })} />
        <Tick
          label="May send from the null sender"
          isOn={form.mayBounce}
          onChange={(mayBounce) => set({ mayBounce })}
        />
      </div>
      <div class="form">
        <Field
          label="Servers"
          hint="With commas"
          list={servers}
          value={form.servers}
          onInput={(text) => set({ servers: text })}
          problem={problemOf(error, 'servers')}
        />
        <Field
          label="Senders"
          hint="Addresses, *@domain, *; with commas"
          value={form.senders}
          onInput={(senders) => set({ senders })}
          problem={problemOf(error, 'senders')}
        />
        <Field label="Note" value={form.note} onInput={(note) => set({ note })} problem={problemOf(error, 'note')} />
      </div>
      <div class="form">
        {LIMITS.map(([name, words]) => (
          <Field
            key={name}
            label={words}
            hint={usedText(value.used, name, value.limits)}
            value={form.limits[name] ?? ''}
            onInput={(text) => set({ limits: { ...form.limits, [name]: text } })}
            problem={problemOf(error, `limits.${name}`)}
          />
        ))}
      </div>
      <Wrong error={error} />
      <div class="actions">
        <button type="submit" class="main" disabled={!isChanged}>
          Save
        </button>
        <button type="button" disabled={!isChanged} onClick={() => setForm(before)}>
          Take back what was typed
        </button>
      </div>
    </form>
  );
}

function Password({ seen: { value, etag } }: { readonly seen: Seen }) {
  const [password, setPassword] = useState('');
  const [error, setError] = useState<Error>();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    try {
      const at = path`/users/${value.user}/password`;
      const readAt = path`/users/${value.user}`;
      const what = `Gave user ${value.user} another password`;
      if ((await save({ what, method: 'PUT', path: at, body: { password }, basis: etag, readAt })) !== undefined)
        setPassword('');
    } catch (caught) {
      setError(caught as Error);
    }
  };
  return (
    <form class="card" aria-label="Another password" onSubmit={(event) => void submit(event)}>
      <h2>Another password</h2>
      <div class="form">
        <Field
          label="New password"
          type="password"
          hint="8 characters at least. It cannot be taken back: the old one is not kept."
          value={password}
          onInput={setPassword}
          problem={problemOf(error, 'password') ?? error?.message}
        />
      </div>
      <div class="actions">
        <button type="submit" disabled={password === ''}>
          Set password
        </button>
      </div>
    </form>
  );
}

function Lockouts({ user }: { readonly user: string }) {
  const list = useList<LockoutAnswer>({
    path: '/lockouts',
    query: { user, all: 'true' },
    entries: (page) => page.lockouts as readonly LockoutAnswer[],
  });
  const rows = list.value ?? [];
  return (
    <section class="card" aria-label="Lockouts">
      <h2>Lockouts</h2>
      <Wrong error={list.error} />
      {list.value !== undefined && rows.length === 0 && <p class="quiet">No failed login of this user counts now.</p>}
      {rows.length > 0 && <LockoutTable rows={rows} />}
      {rows.length > 0 && (
        <div class="actions">
          <button type="button" onClick={() => void unlock(user)}>
            Unlock
          </button>
          <span class="quiet">Forgets the failed logins from all networks.</span>
        </div>
      )}
    </section>
  );
}

function LockoutTable({ rows }: { readonly rows: readonly LockoutAnswer[] }) {
  return (
    <Scroll label="Networks with failed logins">
      <table>
        <thead>
          <tr>
            <th scope="col">Network</th>
            <th scope="col" class="number">
              Failures
            </th>
            <th scope="col">Locked out on</th>
            <th scope="col">Until</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map((lockout) => (
            <tr key={lockout.network}>
              <td>{lockout.network}</td>
              <td class="number">{lockout.failures}</td>
              <td>{lockout.lockedOn.length === 0 ? 'not yet' : lockout.lockedOn.join(', ')}</td>
              <td>
                <Moment at={lockout.until} />
              </td>
              <td>
                <button
                  type="button"
                  aria-label={`Unlock ${lockout.network}`}
                  onClick={() => void unlockNetwork(lockout)}
                >
                  Unlock
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

async function unlockNetwork({ user, network }: LockoutAnswer): Promise<void> {
  const what = `Forgot the failed logins of ${user} from ${network}`;
  await saveOrTell({ what, method: 'DELETE', path: path`/lockouts/${`${user}/${network}`}` });
}

async function unlock(user: string): Promise<void> {
  try {
    const at = path`/users/${user}/unlock`;
    let sum = 0;
    for (let isDone = false; !isDone; ) {
      const { value } = await call<{ readonly unlocked: number; readonly done: boolean }>({ method: 'POST', path: at });
      sum += value.unlocked;
      isDone = value.done;
    }
    tell(
      sum === 0
        ? `${user} had no failed logins`
        : `Forgot the failed logins of ${user} from ${counted(sum, 'network')}`,
    );
  } catch (error) {
    tell((error as Error).message, 'bad');
  }
  reloadAll();
}

function Removal({ seen: { value, etag } }: { readonly seen: Seen }) {
  const remove = async (): Promise<void> => {
    const lines = [
      `${value.user}, with ${value.hasPassword ? 'the password, which cannot be put back' : 'no password'}`,
      'A login that a task remembers passes for up to 60 seconds more',
    ];
    if (!(await confirm({ title: `Remove user ${value.user}?`, lines, action: 'Remove' }))) return;
    const isDone = await saveOrTell({
      what: `Removed user ${value.user}`,
      method: 'DELETE',
      path: path`/users/${value.user}`,
      basis: etag,
    });
    if (isDone) go({ path: ['users'], query: {} });
  };
  return (
    <button type="button" class="danger" onClick={() => void remove()}>
      Remove user
    </button>
  );
}
