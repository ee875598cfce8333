/** A field in a table that is saved when it is left or on Enter; Esc takes back what was typed. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice, Field, problemOf } from './small.tsx';

interface InlineOptions {
  readonly label: string;
  readonly value: string;
  /** The attribute, by which a refusal is told beside the field. */
  readonly attribute: string;
  /** Resolves when it is saved; throws what is wrong with it. */
  readonly onSave: (value: string) => Promise<unknown>;
  readonly choices?: readonly (readonly [value: string, words: string])[] | undefined;
  readonly hint?: string;
  readonly placeholder?: string;
}

export function Inline({ label, value, attribute, onSave, choices, hint, placeholder }: InlineOptions) {
  const [text, setShown] = useState(value);
  const [error, setError] = useState<Error>();
  // Esc takes the text back and leaves the field at once, before it is drawn anew.
  const typed = useRef(value);
  const setText = (next: string): void => {
    typed.current = next;
    setShown(next);
  };
  useEffect(() => {
    setText(value);
    setError(undefined);
  }, [value]);
  const done = async (next: string): Promise<void> => {
    if (next.trim() === value.trim()) return setError(undefined);
    try {
      await onSave(next.trim());
      setError(undefined);
    } catch (caught) {
      setError(caught as Error);
    }
  };
  const problem = error === undefined ? undefined : (problemOf(error, attribute) ?? error.message);
  if (choices !== undefined) {
    const change = (next: string): void => {
      setText(next);
      void done(next);
    };
    return <Choice label={label} value={text} choices={choices} problem={problem} onChange={change} />;
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears what its field says
    <div
      onFocusOut={() => void done(typed.current)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void done(typed.current);
        if (event.key === 'Escape') {
          setText(value);
          setError(undefined);
        }
      }}
    >
      <Field
        label={label}
        value={text}
        onInput={setText}
        problem={problem}
        hint={hint}
        {...(placeholder === undefined ? {} : { placeholder })}
      />
    </div>
  );
}
