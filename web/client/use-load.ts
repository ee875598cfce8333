/** What a component shows of the API: read when it appears, when its question changes, and when all is read again. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, revision } from './api.ts';
import { type Query, withQuery } from './path.ts';
import { useStore } from './store.ts';

export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly error: Error | undefined;
  readonly isLoading: boolean;
}

interface Held<Value> extends Loaded<Value> {
  readonly key: string;
}

/** @param key says what is asked; `undefined` asks nothing */
export function useLoad<Value>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<Value>,
): Loaded<Value> & { readonly reload: () => void } {
  const [held, setHeld] = useState<Held<Value>>({ key: '', value: undefined, error: undefined, isLoading: true });
  const [tick, setTick] = useState(0);
  const turn = useStore(revision);
  useEffect(() => {
    if (key === undefined) return undefined;
    const control = new AbortController();
    setHeld((before) => ({
      key,
      value: before.key === key ? before.value : undefined,
      error: undefined,
      isLoading: true,
    }));
    load(control.signal).then(
      (value) => {
        if (!control.signal.aborted) setHeld({ key, value, error: undefined, isLoading: false });
      },
      (error: Error) => {
        if (!control.signal.aborted) setHeld((before) => ({ ...before, error, isLoading: false }));
      },
    );
    return () => control.abort();
  }, [key, tick, turn]);
  const reload = useCallback(() => setTick((before) => before + 1), []);
  const current = held.key === key ? held : { value: undefined, error: undefined, isLoading: key !== undefined };
  return { value: current.value, error: current.error, isLoading: current.isLoading, reload };
}

/** One thing of the API. */
export function useAnswer<Value>(path: string | undefined) {
  return useLoad(path, async (signal) => {
    const { value, etag } = await call<Value>({ path: path ?? '', signal });
    return { value, etag };
  });
}

/** Entries of a page, the most that the API gives. */
const PAGE = 1000;
/** Entries after which somebody is asked before more are read. */
const MOST = 10_000;

export interface ListQuestion<Entry> {
  readonly path: string;
  readonly query?: Query;
  /** Takes the entries out of a page. */
  readonly entries: (page: Readonly<Record<string, unknown>>) => readonly Entry[];
  /** Entries that will do. */
  readonly most?: number;
}

export interface LoadedList<Entry> extends Loaded<readonly Entry[]> {
  /** Whether there is more than was read. */
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

/** A list of the API, page after page; each page is shown as it comes. */
export function useList<Entry>(question: ListQuestion<Entry> | undefined): LoadedList<Entry> {
  const key = question === undefined ? undefined : withQuery(question.path, { ...question.query });
  const [found, setFound] = useState<{ readonly key: string; readonly entries: readonly Entry[] }>({
    key: '',
    entries: [],
  });
  const [extra, setExtra] = useState({ key: '', times: 0 });
  const times = extra.key === key ? extra.times : 0;
  const { value, error, isLoading } = useLoad(key === undefined ? undefined : `${key} ${times}`, async (signal) => {
    if (question === undefined || key === undefined) return { key: '', hasMore: false };
    const most = (question.most ?? MOST) + times * MOST;
    const entries: Entry[] = [];
    let next: string | undefined;
    do {
      const page = withQuery(question.path, { ...question.query, limit: Math.min(PAGE, most), next });
      const { value: answer } = await call<Readonly<Record<string, unknown>>>({ path: page, signal });
      entries.push(...question.entries(answer));
      next = typeof answer.next === 'string' ? answer.next : undefined;
      const isFirst = entries.length <= PAGE;
      // While it is read again, what was there stays until all is there.
      setFound((before) =>
        before.key === key && before.entries.length > entries.length && isFirst
          ? before
          : { key, entries: [...entries] },
      );
    } while (next !== undefined && entries.length < most);
    setFound({ key, entries });
    return { key, hasMore: next !== undefined };
  });
  return {
    value: found.key === key ? found.entries : undefined,
    error,
    isLoading,
    hasMore: value?.hasMore === true,
    loadMore: () => setExtra({ key: key ?? '', times: times + 1 }),
  };
}
