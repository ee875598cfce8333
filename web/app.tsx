/** The shell: navigation, the view that the address says, and what is told about all of them. */
import { useEffect, useState } from 'preact/hooks';
import { announcement } from './client/announce.ts';
import { connection, holdToken, refusedTokens } from './client/api.ts';
import { forget, saveOrTell, told } from './client/edit.ts';
import { theme, zoneChoice } from './client/preferences.ts';
import { useStore } from './client/store.ts';
import { go, view } from './client/view.ts';
import { linkTo, tokenIn, type View } from './core/address.ts';
import { KeyHelp, useKeys } from './keys.tsx';
import { Changes } from './pages/changes.tsx';
import { Held } from './pages/held.tsx';
import { Overview } from './pages/overview.tsx';
import { Policy } from './pages/policy.tsx';
import { Session } from './pages/session.tsx';
import { Sessions } from './pages/sessions.tsx';
import { TryIt } from './pages/try-it.tsx';
import { Users } from './pages/users.tsx';
import { ConflictDialog, QuestionDialog } from './parts/dialog.tsx';
import { Choice, Field, Strange } from './parts/small.tsx';

/** Each page: its first word in the address, its name, and the letter after `g` that opens it. */
export const PAGES = [
  ['overview', 'Overview', 'o'],
  ['sessions', 'Sessions', 's'],
  ['policy', 'Policy', 'p'],
  ['try', 'Try it', 't'],
  ['held', 'Held', 'h'],
  ['users', 'Users', 'u'],
  ['changes', 'Changes', 'c'],
] as const;

export function App() {
  const shown = useStore(view);
  const state = useStore(connection);
  const [hasHelp, setHelp] = useState(false);
  const chosen = useStore(theme);
  useKeys(() => setHelp(true));
  useEffect(() => {
    document.documentElement.dataset.theme = chosen;
  }, [chosen]);
  const name = nameOf(shown);
  useEffect(() => {
    document.title = `${name} · Postern`;
  }, [name]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        To the content
      </button>
      <header>
        <a class="brand" href={linkTo(['overview'])}>
          Postern
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([page, words]) => (
            <a key={page} href={linkTo([page])} aria-current={isOf(shown, page) ? 'page' : undefined}>
              {words}
            </a>
          ))}
        </nav>
        <Preferences onHelp={() => setHelp(true)} />
      </header>
      {state === 'away' && (
        <p class="banner" role="alert">
          The admin API does not answer. It is asked again every 2 seconds; what you see may be old.
        </p>
      )}
      <main id="content" tabIndex={-1}>
        {state === 'locked' ? <Locked /> : <Page shown={shown} />}
      </main>
      <Told />
      <p class="unseen" role="status" aria-live="polite">
        {useStore(announcement)}
      </p>
      <QuestionDialog />
      <ConflictDialog />
      {hasHelp && <KeyHelp onClose={() => setHelp(false)} />}
    </>
  );
}

function isOf({ path: [page] }: View, name: string): boolean {
  return page === name || (page === 'session' && name === 'sessions');
}

function nameOf({ path: [page = '', ...rest] }: View): string {
  const name = PAGES.find(([word]) => word === page)?.[1] ?? 'Session';
  return [...rest].reverse().concat(name).join(' · ');
}

function Page({ shown: { path, query } }: { readonly shown: View }) {
  const [page, first, second] = path;
  switch (page) {
    case 'overview':
      return <Overview query={query} />;
    case 'sessions':
      return <Sessions query={query} />;
    case 'session':
      return <Session key={first} id={first ?? ''} />;
    case 'policy':
      return <Policy server={first} tab={second} />;
    case 'try':
      return <TryIt key={`${first} ${query.session}`} server={first} query={query} />;
    case 'held':
      return <Held server={first} id={second} query={query} />;
    case 'users':
      return <Users name={first} />;
    case 'changes':
      return <Changes server={first} version={second} />;
    default:
      return (
        <>
          <h1>No such page</h1>
          <p>
            There is no page <Strange text={page ?? ''} />. <a href={linkTo(['overview'])}>Overview</a>
          </p>
        </>
      );
  }
}

function Preferences({ onHelp }: { readonly onHelp: () => void }) {
  const zone = useStore(zoneChoice);
  const chosen = useStore(theme);
  return (
    <div class="preferences">
      <Choice
        label="Times"
        value={zone}
        choices={[
          ['local', 'local'],
          ['UTC', 'UTC'],
        ]}
        onChange={(value) => zoneChoice.set(value === 'UTC' ? 'UTC' : 'local')}
      />
      <Choice
        label="Colours"
        value={chosen}
        choices={[
          ['system', 'system'],
          ['light', 'light'],
          ['dark', 'dark'],
        ]}
        onChange={(value) => theme.set(value === 'light' || value === 'dark' ? value : 'system')}
      />
      <button type="button" onClick={onHelp} aria-label="Keys" title="Keys">
        ?
      </button>
    </div>
  );
}

function Told() {
  const all = useStore(told);
  return (
    <div class="told" role="status" aria-live="polite">
      {all.map(({ id, text, tone, undo }) => (
        <p key={id} class={tone}>
          <Strange text={text} most={300} />
          {undo !== undefined && (
            <button
              type="button"
              data-undo=""
              onClick={() => {
                forget(id);
                void saveOrTell(undo);
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="link" aria-label="Dismiss" onClick={() => forget(id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}

/** The token is in memory alone: a reload, or another start, needs the printed address once more. */
function Locked() {
  const [text, setText] = useState('');
  const refused = useStore(refusedTokens);
  const open = (event: Event): void => {
    event.preventDefault();
    const hash = text.trim().replace(/^[^#]*/, '');
    const token = tokenIn(hash)?.token ?? text.trim();
    if (token === '') return;
    holdToken(token);
    setText('');
    go(view.get());
  };
  return (
    <form class="card" onSubmit={open}>
      <h1>This tab has no key</h1>
      <p>
        Open the address that the command printed, with all that follows the <code>#</code>, or paste it here. The key
        is kept in this tab's memory alone, so a reload loses it.
      </p>
      <Field
        label="Address with its key"
        type="password"
        value={text}
        onInput={setText}
        problem={refused === 0 ? undefined : 'The last key opens nothing here: it may be of an earlier start'}
      />
      <button type="submit" class="main">
        Open
      </button>
    </form>
  );
}
