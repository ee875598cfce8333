/** Small things that every page shows. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { announce } from '../client/announce.ts';
import type { ApiFailure } from '../client/api.ts';
import { zoneChoice, zoneOf } from '../client/preferences.ts';
import { useStore } from '../client/store.ts';
import type { Tone } from '../core/events.ts';
import { momentText, momentTitle } from '../core/words.ts';

export function Moment({ at }: { readonly at: string | undefined }) {
  const zone = zoneOf(useStore(zoneChoice));
  if (at === undefined || at === '') return null;
  return (
    <time dateTime={at} title={momentTitle(at, Date.now())}>
      {momentText(at, Date.now(), zone)}
      {zone === 'UTC' ? ' UTC' : ''}
    </time>
  );
}

export function Tag({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`tag ${tone}`}>{children}</span>;
}

/** Text of strangers: cut where it is long, and isolated, so that no mark in it turns what stands beside. */
export function Strange({ text, most = 200 }: { readonly text: string; readonly most?: number }) {
  const [isWhole, setWhole] = useState(false);
  if (text.length <= most || isWhole) return <bdi>{text}</bdi>;
  return (
    <>
      <bdi>{text.slice(0, most).toWellFormed()}…</bdi>{' '}
      <button type="button" class="link" onClick={() => setWhole(true)}>
        show all {text.length} characters
      </button>
    </>
  );
}

export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      announce(`Copied ${what}`);
    } catch {
      announce(`The browser does not let this page copy ${what}`);
    }
  };
  return (
    <button type="button" class="copy" title={`Copy ${what}`} aria-label={`Copy ${what}`} onClick={() => void copy()}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <rect x="5" y="5" width="8" height="9" rx="1" />
        <path d="M10 5V3a1 1 0 0 0-1-1H3a1 1 0 0 0-1 1v7a1 1 0 0 0 1 1h2" />
      </svg>
    </button>
  );
}

/** Name and value pairs; those without a value are left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '' && value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

interface FieldOptions {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly type?: 'text' | 'search' | 'password';
  readonly rows?: number;
  readonly placeholder?: string;
  readonly isSearch?: boolean;
  readonly list?: readonly string[];
  readonly isCode?: boolean;
}

/** A field with its label, and beside it what is wrong with it. */
export function Field({
  label,
  value,
  onInput,
  hint,
  problem,
  rows,
  type = 'text',
  list,
  isSearch,
  isCode,
  ...rest
}: FieldOptions) {
  const id = useId();
  const described = [problem === undefined ? '' : `${id}-problem`, hint === undefined ? '' : `${id}-hint`]
    .join(' ')
    .trim();
  const shared = {
    id,
    value,
    'aria-invalid': problem === undefined ? undefined : true,
    'aria-describedby': described === '' ? undefined : described,
    autoComplete: 'off',
    spellcheck: false,
    class: isCode === true ? 'code' : undefined,
    ...rest,
  } as const;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? (
        <input
          {...shared}
          // The types of elements know no input whose type is a variable.
          type={type as 'text'}
          list={list === undefined ? undefined : `${id}-list`}
          data-search={isSearch === true ? '' : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      ) : (
        <textarea {...shared} rows={rows} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      {list !== undefined && (
        <datalist id={`${id}-list`}>
          {list.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {problem !== undefined && (
        <span class="problem" id={`${id}-problem`} role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

interface ChoiceOptions {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, words: string])[];
  readonly onChange: (value: string) => void;
  readonly problem?: string | undefined;
}

export function Choice({ label, value, choices, onChange, problem }: ChoiceOptions) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-invalid={problem === undefined ? undefined : true}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {choices.map(([each, words]) => (
          <option key={each} value={each} selected={each === value}>
            {words}
          </option>
        ))}
      </select>
      {problem !== undefined && (
        <span class="problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

interface TickOptions {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly isHidden?: boolean;
}

/** A tick box; `isHidden` keeps its label for readers of the screen alone. */
export function Tick({ label, isOn, onChange, isHidden }: TickOptions) {
  return (
    <label class="tick">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span class={isHidden === true ? 'unseen' : undefined}>{label}</span>
    </label>
  );
}

/** What went wrong, where it has no field of its own. */
export function Wrong({ error }: { readonly error: Error | undefined }) {
  if (error === undefined) return null;
  const { fields = [] } = error as Partial<ApiFailure>;
  return (
    <div class="wrong" role="alert">
      {fields.length === 0 ? (
        <Strange text={error.message} most={600} />
      ) : (
        <ul>
          {fields.map(({ field, problem }) => (
            <li key={field}>
              <code>{field}</code> <Strange text={problem} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function Waiting({ isOn }: { readonly isOn: boolean }) {
  return isOn ? <p class="waiting">Reading …</p> : null;
}

/** What is wrong with a field of a change that was refused. */
export function problemOf(error: Error | undefined, field: string): string | undefined {
  const { fields = [] } = (error ?? {}) as Partial<ApiFailure>;
  return fields.find((each) => each.field === field || each.field.startsWith(`${field}.`))?.problem;
}
