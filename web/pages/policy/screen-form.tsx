/** A screening rule as a form: what it asks, what it excepts, what it does. */
import { useState } from 'preact/hooks';
import { addItem, changeItem, type SeenItem } from '../../client/item-edit.ts';
import { path } from '../../client/path.ts';
import { textOf } from '../../core/events.ts';
import {
  ATTACHMENT_CONDITIONS,
  CONDITIONS,
  conditionText,
  conditionValue,
  exceptOf,
  KEYWORD_CONDITIONS,
  type ScreenField,
} from '../../core/screens.ts';
import { Choice, Field, problemOf, Tick, Wrong } from '../../parts/small.tsx';

type Attributes = Readonly<Record<string, unknown>>;

const ACTIONS = [
  ['refuse', 'refuse: 550 with the rule’s text'],
  ['hold', 'hold: 250, and it waits for you'],
  ['tag', 'tag: a field on top, and on'],
  ['forward', 'forward to another address'],
  ['discard', 'discard: 250, and it is gone'],
  ['accept', 'accept: no further rule is asked'],
] as const;

interface FormOptions {
  readonly server: string;
  /** The number of a new rule. */
  readonly number: string;
  readonly names: readonly string[];
  readonly kind: 'attachments' | 'keywords';
  /** Absent for a new one. */
  readonly rule?: SeenItem;
  readonly onClose: () => void;
}

export function ScreenForm({ server, number, kind, rule, onClose }: FormOptions) {
  const [name, setName] = useState(number === '' ? '' : `${number}-`);
  const [values, setValues] = useState<Attributes>(rule?.given ?? { action: 'hold' });
  const [error, setError] = useState<Error>();
  const set = (changes: Attributes): void => setValues({ ...values, ...changes });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
    const isNew = {
      path: path`/servers/${server}/screens/${name.trim()}`,
      name: `rule ${name.trim()} of ${server}`,
      given: undefined,
    };
    try {
      if (rule === undefined && /^\d*-?$/.test(name.trim()))
        throw new Error(`${number}-… is missing its name, as in ${number}-programs`);
      if (await (rule === undefined ? addItem(isNew, body) : changeItem(rule, body))) onClose();
    } catch (caught) {
      setError(caught as Error);
    }
  };
  const first = kind === 'attachments' ? ATTACHMENT_CONDITIONS : KEYWORD_CONDITIONS;
  const shown = CONDITIONS.filter((field) => first.includes(field.name) || has(values, field));
  const others = CONDITIONS.filter((field) => !shown.includes(field));
  return (
    <form class="card" aria-label={rule?.name ?? 'New rule'} onSubmit={(event) => void submit(event)}>
      {rule === undefined && (
        <div class="form">
          <Field
            label="Name"
            hint="Three digits, which give its place, then a name: 150-programs"
            value={name}
            onInput={setName}
          />
        </div>
      )}
      <Conditions fields={shown} values={values} set={set} error={error} />
      <details>
        <summary>Other conditions</summary>
        <Conditions fields={others} values={values} set={set} error={error} />
      </details>
      <div class="form">
        <Choice
          label="Action"
          value={textOf(values.action)}
          choices={ACTIONS}
          onChange={(action) => set({ action })}
          problem={problemOf(error, 'action')}
        />
        {values.action === 'refuse' && <Text name="reply" label="Reply" values={values} set={set} error={error} />}
        {values.action === 'forward' && (
          <Text name="forwardTo" label="Forward to" values={values} set={set} error={error} />
        )}
        {values.action === 'tag' && (
          <Text name="tag" label="Tag, Name: value" values={values} set={set} error={error} />
        )}
        <Choice
          label="Keywords are looked for in"
          value={textOf(values.where ?? 'both')}
          choices={[
            ['both', 'subject and body'],
            ['subject', 'subject'],
            ['body', 'body'],
          ]}
          onChange={(where) => set({ where: where === 'both' ? undefined : where })}
        />
        <Text name="note" label="Note" values={values} set={set} error={error} />
        <Tick
          label="Only report"
          isOn={values.reportOnly === true}
          onChange={(isOn) => set({ reportOnly: isOn ? true : undefined })}
        />
      </div>
      <Wrong error={error} />
      <div class="actions">
        <button type="submit" class="main">
          Save
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function has(values: Attributes, { name }: ScreenField): boolean {
  return values[name] !== undefined || values[exceptOf(name)] !== undefined;
}

interface PartOptions {
  readonly values: Attributes;
  readonly set: (changes: Attributes) => void;
  readonly error: Error | undefined;
}

interface ConditionsOptions extends PartOptions {
  readonly fields: readonly ScreenField[];
}

function Conditions({ fields, values, set, error }: ConditionsOptions) {
  return (
    <div class="form">
      {fields.map((field) => (
        <div key={field.name}>
          <Condition field={field} name={field.name} label={field.label} values={values} set={set} error={error} />
          <Condition
            field={field}
            name={exceptOf(field.name)}
            label={`${field.label}, except`}
            values={values}
            set={set}
            error={error}
          />
        </div>
      ))}
    </div>
  );
}

interface ConditionOptions extends PartOptions {
  readonly field: ScreenField;
  readonly name: string;
  readonly label: string;
}

/** Keeps the letters that were typed, which say more than the value that they make. */
function Condition({ field, name, label, values, set, error }: ConditionOptions) {
  const [text, setText] = useState(conditionText(field, values[name]));
  return (
    <Field
      label={label}
      hint={name === field.name ? field.hint : undefined}
      value={text}
      problem={problemOf(error, name)}
      onInput={(typed) => {
        setText(typed);
        set({ [name]: conditionValue(field, typed) });
      }}
      {...(field.kind === 'lines' ? { rows: 2 } : {})}
    />
  );
}

interface TextOptions extends PartOptions {
  readonly name: string;
  readonly label: string;
}

function Text({ name, label, values, set, error }: TextOptions) {
  return (
    <Field
      label={label}
      value={textOf(values[name])}
      onInput={(text) => set({ [name]: text === '' ? undefined : text })}
      problem={problemOf(error, name)}
    />
  );
}
