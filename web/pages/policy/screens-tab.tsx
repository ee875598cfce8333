/** Screening rules in the order in which they judge; the first that holds acts. Dragged, or moved by keys. */
import { useState } from 'preact/hooks';
import type { ItemAnswer } from '../../../functions/admin/contract/answers/collection-answer.ts';
import { announce } from '../../client/announce.ts';
import { tell } from '../../client/edit.ts';
import { removeItem, type SeenItem } from '../../client/item-edit.ts';
import { moveRule } from '../../client/move-rule.ts';
import { path } from '../../client/path.ts';
import { useList } from '../../client/use-load.ts';
import { type Tone, textOf } from '../../core/events.ts';
import { ATTACHMENT_CONDITIONS, asksFor, conditionsText, KEYWORD_CONDITIONS, nextNumber } from '../../core/screens.ts';
import { Strange, Tag, Tick, Waiting, Wrong } from '../../parts/small.tsx';
import { ScreenForm } from './screen-form.tsx';

type Attributes = Readonly<Record<string, unknown>>;

interface TabOptions {
  readonly server: string;
  /** Which rules the tab is about; all are shown in their order, since it counts over both. */
  readonly kind: 'attachments' | 'keywords';
}

const TONES: Readonly<Record<string, Tone>> = { refuse: 'bad', hold: 'warn', discard: 'bad', accept: 'good' };

function nameOf(item: ItemAnswer): string {
  return textOf((item as Attributes).screen);
}

export function ScreensTab({ server, kind }: TabOptions) {
  const [isAll, setAll] = useState(true);
  const [edited, setEdited] = useState<string>();
  const list = useList<ItemAnswer>({
    path: path`/servers/${server}/screens`,
    entries: (page) => page.screens as readonly ItemAnswer[],
  });
  const rules = list.value ?? [];
  const names = rules.map(nameOf);
  const wanted = kind === 'attachments' ? ATTACHMENT_CONDITIONS : KEYWORD_CONDITIONS;
  const close = (): void => setEdited(undefined);
  return (
    <>
      <p class="quiet">
        Rules judge a message inside the session, in this order; the first that holds acts, and what tags goes on. A
        server with a rule keeps each message until it is judged.
      </p>
      <div class="actions">
        <button type="button" class="main" onClick={() => setEdited('')}>
          New rule
        </button>
        <Tick label={`Rules of other tabs too`} isOn={isAll} onChange={setAll} />
      </div>
      {edited === '' && (
        <ScreenForm key="new" server={server} number={nextNumber(names)} names={names} kind={kind} onClose={close} />
      )}
      <Wrong error={list.error} />
      <Waiting isOn={list.isLoading && list.value === undefined} />
      {list.value !== undefined && rules.length === 0 && (
        <p class="nothing">There is no rule: content is handed on as it streams.</p>
      )}
      <ol class="rules" aria-label="Screening rules in their order">
        {rules.map((rule, index) =>
          isAll || asksFor(rule.given, wanted) ? (
            <Rule
              key={nameOf(rule)}
              server={server}
              rule={rule}
              index={index}
              names={names}
              isOwn={asksFor(rule.given, wanted)}
              isEdited={edited === nameOf(rule)}
              onEdit={setEdited}
              kind={kind}
            />
          ) : null,
        )}
      </ol>
    </>
  );
}

interface RuleOptions extends TabOptions {
  readonly rule: ItemAnswer;
  readonly index: number;
  readonly names: readonly string[];
  /** Whether it is of this tab. */
  readonly isOwn: boolean;
  readonly isEdited: boolean;
  readonly onEdit: (name: string | undefined) => void;
}

function Rule(options: RuleOptions) {
  const { server, rule, index, names, isOwn, isEdited, onEdit, kind } = options;
  const [isOver, setOver] = useState(false);
  const name = nameOf(rule);
  const move = (from: number, to: number): void => {
    void moveRule({ server, names, from, to }).then(
      () => announce(`Rule ${names[from]} is number ${to + 1} of ${names.length}`),
      (error: Error) => tell(error.message, 'bad'),
    );
  };
  return (
    <li
      class={`card rule${isOwn ? '' : ' other'}${isOver ? ' over' : ''}`}
      draggable
      onDragStart={(event) => event.dataTransfer?.setData('text/plain', `${index}`)}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const from = Number(event.dataTransfer?.getData('text/plain'));
        if (Number.isInteger(from) && from !== index) move(from, index);
      }}
    >
      <div class="rule-head">
        <span class="order">
          <button
            type="button"
            disabled={index === 0}
            aria-label={`Move ${name} up`}
            onClick={() => move(index, index - 1)}
          >
            ↑
          </button>
          <button
            type="button"
            disabled={index === names.length - 1}
            aria-label={`Move ${name} down`}
            onClick={() => move(index, index + 1)}
          >
            ↓
          </button>
        </span>
        <b class="code">
          <Strange text={name} />
        </b>
        <Tag tone={TONES[textOf(rule.given.action)] ?? 'plain'}>{textOf(rule.given.action)}</Tag>
        {rule.given.reportOnly === true && <Tag tone="plain">only reported</Tag>}
        <span class="end">
          <button type="button" aria-expanded={isEdited} onClick={() => onEdit(isEdited ? undefined : name)}>
            {isEdited ? 'Close' : 'Edit'}
            <span class="unseen"> {name}</span>
          </button>
          <button
            type="button"
            aria-label={`Remove ${name}`}
            onClick={() => void removeItem(seenRule(server, rule)).catch((error: Error) => tell(error.message, 'bad'))}
          >
            Remove
          </button>
        </span>
      </div>
      <p>
        <Strange text={conditionsText(rule.given)} most={400} />
      </p>
      {rule.given.note !== undefined && (
        <p class="quiet">
          <Strange text={textOf(rule.given.note)} />
        </p>
      )}
      {rule.problem !== undefined && (
        <p class="problem">
          Not in force: <Strange text={rule.problem} />
        </p>
      )}
      {isEdited && (
        <ScreenForm
          server={server}
          number=""
          names={names}
          kind={kind}
          rule={seenRule(server, rule)}
          onClose={() => onEdit(undefined)}
        />
      )}
    </li>
  );
}

export function seenRule(server: string, rule: ItemAnswer): SeenItem {
  const name = nameOf(rule);
  return { path: path`/servers/${server}/screens/${name}`, name: `rule ${name} of ${server}`, given: rule.given };
}
