/** A field whose value is asked for when it is whole: on Enter, or when it is left. */
import { useEffect, useState } from 'preact/hooks';
import { Field } from './small.tsx';

interface LateOptions {
  readonly label: string;
  readonly value: string;
  readonly onDone: (value: string) => void;
  readonly hint?: string;
  readonly placeholder?: string;
}

export function Late({ label, value, onDone, hint, placeholder }: LateOptions) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const done = (): void => {
    if (text.trim() !== value) onDone(text.trim());
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears what its field says
    <div
      onFocusOut={done}
      onKeyDown={(event) => {
        if (event.key === 'Enter') done();
      }}
    >
      <Field
        label={label}
        value={text}
        onInput={setText}
        hint={hint}
        {...(placeholder === undefined ? {} : { placeholder })}
      />
    </div>
  );
}
