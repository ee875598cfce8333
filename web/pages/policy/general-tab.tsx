/** Settings of a server: each with its value in force, its unit, its default and what it is for. */
import type * as z from 'zod';
import type { serverAnswer } from '../../../functions/admin/contract/answers/server-answer.ts';
import { save } from '../../client/edit.ts';
import { useSettingSchemas } from '../../client/openapi.ts';
import { path } from '../../client/path.ts';
import { useAnswer } from '../../client/use-load.ts';
import { whoText } from '../../core/events.ts';
import { type SettingRow, settingBody, settingRows } from '../../core/settings.ts';
import { Inline } from '../../parts/inline.tsx';
import { Moment, Strange, Tag, Waiting, Wrong } from '../../parts/small.tsx';
import { type Column, Table } from '../../parts/table.tsx';

type ServerAnswer = z.output<typeof serverAnswer>;

interface Seen {
  readonly value: ServerAnswer;
  readonly etag: string | undefined;
}

export function GeneralTab({ server }: { readonly server: string }) {
  const schemas = useSettingSchemas();
  const { value: seen, error, isLoading } = useAnswer<ServerAnswer>(path`/servers/${server}`);
  return (
    <>
      <Wrong error={error ?? schemas.error} />
      <Waiting isOn={isLoading && seen === undefined} />
      {seen !== undefined && (
        <>
          <Changed seen={seen} />
          <Inline
            label="Note"
            attribute="note"
            value={String(seen.value.given.note ?? '')}
            onSave={(text) => change(server, seen, 'note', text === '' ? null : text)}
          />
          <Table
            noun="setting"
            rows={settingRows(seen.value, schemas.value ?? {})}
            columns={columnsOf(server, seen)}
            rowKey={({ name }) => name}
            nothing="There is no setting."
          />
        </>
      )}
    </>
  );
}

function Changed({ seen: { value } }: { readonly seen: Seen }) {
  const { problem, changedBy, changedAt, policyVersion } = value;
  return (
    <p class="quiet">
      {problem !== undefined && (
        <span class="problem">
          Not in force as it stands: <Strange text={problem} />{' '}
        </span>
      )}
      Policy version {policyVersion ?? 'none'}
      {changedAt !== undefined && (
        <>
          ; settings changed <Moment at={changedAt} /> by <Strange text={whoText(changedBy)} />
        </>
      )}
      . A change is in force within 5 seconds.
    </p>
  );
}

function columnsOf(server: string, seen: Seen): readonly Column<SettingRow>[] {
  return [
    {
      key: 'name',
      heading: 'Setting',
      text: ({ name }) => name,
      cell: ({ name, isGiven }) => (
        <>
          <span class="code">{name}</span> {isGiven && <Tag tone="plain">set</Tag>}
        </>
      ),
    },
    {
      key: 'value',
      heading: 'In force',
      text: ({ value }) => value,
      cell: (row) => (
        <Inline
          label={row.name}
          attribute={row.name}
          value={row.value}
          choices={row.kind === 'text' ? undefined : choicesOf(row)}
          onSave={(text) => change(server, seen, row.name, settingBody(row.name, text))}
        />
      ),
    },
    { key: 'unit', heading: 'Unit', text: ({ unit, shown }) => (shown === '' ? unit : `${unit} (${shown})`) },
    { key: 'standard', heading: 'Default', text: ({ standard }) => standard, isWide: true },
    { key: 'meaning', heading: 'Meaning', text: ({ meaning }) => meaning, isWide: true },
    {
      key: 'back',
      heading: '',
      text: () => '',
      cell: ({ name, isGiven, standard }) =>
        isGiven && standard !== '(none)' ? (
          <button type="button" aria-label={`Default of ${name}`} onClick={() => void change(server, seen, name, null)}>
            Default
          </button>
        ) : null,
    },
  ];
}

function choicesOf({ choices, value }: SettingRow): readonly (readonly [string, string])[] {
  const known = choices.includes(value) || value === '' ? choices : [value, ...choices];
  return known.map((each) => [each, each]);
}

function change(server: string, { value, etag }: Seen, name: string, next: unknown): Promise<unknown> {
  const at = path`/servers/${server}`;
  const before = value.given[name] ?? null;
  return save({
    what: `Changed ${name} of ${server}`,
    method: 'PATCH',
    path: at,
    body: { [name]: next },
    basis: etag,
    undo: (tag) => ({
      what: `Put ${name} of ${server} back`,
      method: 'PATCH',
      path: at,
      body: { [name]: before },
      basis: tag,
    }),
  });
}
