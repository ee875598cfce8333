/** The policy of a server, with the tabs that ISA's SMTP filter had. */
import { useServers } from '../client/servers.ts';
import { go } from '../client/view.ts';
import { linkTo } from '../core/address.ts';
import { Choice, Waiting, Wrong } from '../parts/small.tsx';
import { CommandsTab } from './policy/commands-tab.tsx';
import { GeneralTab } from './policy/general-tab.tsx';
import { ClientsTab, DomainsTab, SendersTab } from './policy/item-tabs.tsx';
import { ScreensTab } from './policy/screens-tab.tsx';

const TABS = [
  ['commands', 'Commands'],
  ['domains', 'Relay domains'],
  ['clients', 'Clients'],
  ['senders', 'Users/Domains'],
  ['attachments', 'Attachments'],
  ['keywords', 'Keywords'],
  ['general', 'General'],
] as const;

interface PolicyOptions {
  readonly server: string | undefined;
  readonly tab: string | undefined;
}

export function Policy({ server, tab = 'commands' }: PolicyOptions) {
  const servers = useServers();
  const shown = server ?? servers.value?.[0]?.server;
  return (
    <>
      <div class="title">
        <h1>Policy</h1>
        <ServerChoice server={shown} onChange={(next) => go({ path: ['policy', next, tab], query: {} })} />
      </div>
      <Wrong error={servers.error} />
      <Waiting isOn={shown === undefined && servers.isLoading} />
      {shown !== undefined && (
        <>
          <nav class="tabs" aria-label={`Policy of ${shown}`}>
            {TABS.map(([name, words]) => (
              <a key={name} href={linkTo(['policy', shown, name])} aria-current={name === tab ? 'page' : undefined}>
                {words}
              </a>
            ))}
          </nav>
          <Tab key={shown} server={shown} tab={tab} />
        </>
      )}
    </>
  );
}

interface ServerChoiceOptions {
  readonly server: string | undefined;
  readonly onChange: (server: string) => void;
}

export function ServerChoice({ server, onChange }: ServerChoiceOptions) {
  const names = (useServers().value ?? []).map(({ server: name }) => name);
  const known = server === undefined || names.includes(server) ? names : [server, ...names];
  return <Choice label="Server" value={server ?? ''} choices={known.map((name) => [name, name])} onChange={onChange} />;
}

function Tab({ server, tab }: { readonly server: string; readonly tab: string }) {
  switch (tab) {
    case 'domains':
      return <DomainsTab server={server} />;
    case 'clients':
      return <ClientsTab server={server} />;
    case 'senders':
      return <SendersTab server={server} />;
    case 'attachments':
    case 'keywords':
      return <ScreensTab key={tab} server={server} kind={tab} />;
    case 'general':
      return <GeneralTab server={server} />;
    default:
      return <CommandsTab server={server} />;
  }
}
