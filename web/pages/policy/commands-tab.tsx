/** Commands of a server: allowed or not, how long, and where that comes from. */
import type { CommandAnswer } from '../../../functions/admin/contract/answers/command-answer.ts';
import { tell } from '../../client/edit.ts';
import { changeItem, removeItem, type SeenItem } from '../../client/item-edit.ts';
import { path } from '../../client/path.ts';
import { useAnswer } from '../../client/use-load.ts';
import { Inline } from '../../parts/inline.tsx';
import { Strange, Tag, Tick, Waiting, Wrong } from '../../parts/small.tsx';
import { type Column, Table } from '../../parts/table.tsx';

type Attributes = Readonly<Record<string, unknown>>;

interface CommandsAnswer {
  readonly commands: readonly CommandAnswer[];
  readonly others: readonly { readonly item: string; readonly problem?: string }[];
}

export function CommandsTab({ server }: { readonly server: string }) {
  const { value, error, isLoading } = useAnswer<CommandsAnswer>(path`/servers/${server}/commands`);
  return (
    <>
      <p class="quiet">
        Each line is held to its own length, CR LF counted, while it arrives. A command that is off is answered 502, and
        never reaches a next hop.
      </p>
      <Wrong error={error} />
      <Waiting isOn={isLoading && value === undefined} />
      {value !== undefined && (
        <Table
          noun="command"
          rows={value.value.commands}
          columns={columnsOf(server)}
          rowKey={({ verb }) => verb}
          nothing="There is no command."
        />
      )}
      {(value?.value.others ?? []).map(({ item, problem }) => (
        <p key={item} class="wrong">
          <Strange text={item} /> is not in force: <Strange text={problem ?? 'another item says it'} />
        </p>
      ))}
    </>
  );
}

function columnsOf(server: string): readonly Column<CommandAnswer>[] {
  return [
    { key: 'verb', heading: 'Command', text: ({ verb }) => verb, cell: ({ verb }) => <b class="code">{verb}</b> },
    {
      key: 'allowed',
      heading: 'Allowed',
      text: ({ allowed }) => (allowed ? 'allowed' : 'off'),
      cell: (command) => (
        <Tick
          label={`${command.verb} allowed`}
          isHidden
          isOn={command.allowed}
          onChange={(allowed) =>
            void change(server, command, { allowed }).catch((error: Error) => tell(error.message, 'bad'))
          }
        />
      ),
    },
    {
      key: 'maxOctets',
      heading: 'Octets of a line',
      text: ({ maxOctets }) => `${maxOctets}`,
      order: ({ maxOctets }) => maxOctets,
      cell: (command) => (
        <Inline
          label={`Octets of a ${command.verb} line`}
          attribute="maxOctets"
          value={`${command.maxOctets}`}
          onSave={(text) => change(server, command, { maxOctets: /^\d{1,9}$/.test(text) ? Number(text) : text })}
        />
      ),
    },
    {
      key: 'from',
      heading: 'From',
      text: ({ from, profile }) => (from === 'item' ? 'own rule' : profile.name),
      cell: ({ from, profile, problem }) => (
        <>
          {from === 'item' ? <Tag tone="plain">own rule</Tag> : `profile ${profile.name}`}
          {problem !== undefined && (
            <span class="problem">
              {' '}
              <Strange text={problem} />
            </span>
          )}
        </>
      ),
      isWide: true,
    },
    {
      key: 'profile',
      heading: 'Profile says',
      text: ({ profile }) => `${profile.allowed ? 'allowed' : 'off'}, ${profile.maxOctets}`,
      isWide: true,
    },
    {
      key: 'back',
      heading: '',
      text: () => '',
      cell: (command) =>
        command.given === undefined ? null : (
          <button
            type="button"
            aria-label={`Back to the profile: ${command.verb}`}
            onClick={() => void back(server, command).catch((error: Error) => tell(error.message, 'bad'))}
          >
            Back to profile
          </button>
        ),
    },
  ];
}

function seen(server: string, { verb, given }: CommandAnswer): SeenItem {
  return { path: path`/servers/${server}/commands/${verb}`, name: `${verb} of ${server}`, given };
}

function change(server: string, command: CommandAnswer, changes: Attributes): Promise<boolean> {
  return changeItem(seen(server, command), { ...command.given, ...changes });
}

function back(server: string, command: CommandAnswer): Promise<boolean> {
  return removeItem(seen(server, command), `${command.verb} of ${server} is as its profile says`);
}
