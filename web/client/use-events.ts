/** Events of the API: a list of them, and the newest as they come. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { EventAnswer } from '../../functions/admin/contract/answers/event-answer.ts';
import { type Span, startOf } from '../core/words.ts';
import { call, revision } from './api.ts';
import { useFollow } from './follow.ts';
import { type Query, withQuery } from './path.ts';
import { useStore } from './store.ts';
import { type LoadedList, useList } from './use-load.ts';

/** Milliseconds that each look goes back: proxies deliver events in batches, and those that failed later. */
const LOOK_BACK_MS = 60_000;

export interface EventQuestion {
  readonly query: Query;
  readonly span: Span;
  readonly isFollowed?: boolean;
  readonly most?: number;
}

export function useEvents({ query, span, isFollowed = false, most }: EventQuestion): LoadedList<EventAnswer> {
  const turn = useStore(revision);
  // The time must not move while somebody reads.
  const since = useMemo(() => startOf(span, Date.now()), [span, turn]);
  const list = useList<EventAnswer>({
    path: '/events',
    query: { ...query, since },
    entries: (page) => page.events as readonly EventAnswer[],
    ...(most === undefined ? {} : { most }),
  });
  const fresh = useFresh(query, isFollowed);
  const known = list.value;
  const value = useMemo(() => {
    if (known === undefined || fresh.length === 0) return known;
    const ids = new Set(known.map(({ id }) => id));
    return [...fresh.filter(({ id }) => !ids.has(id)), ...known];
  }, [known, fresh]);
  return { ...list, value };
}

function useFresh(query: Query, isFollowed: boolean): readonly EventAnswer[] {
  const key = withQuery('', query);
  const [fresh, setFresh] = useState<{ readonly key: string; readonly events: readonly EventAnswer[] }>({
    key,
    events: [],
  });
  useEffect(() => {
    if (!isFollowed) setFresh({ key, events: [] });
  }, [isFollowed, key]);
  const look = useCallback(() => {
    const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
    void call<{ readonly events: readonly EventAnswer[] }>({
      path: withQuery('/events', { ...query, since, limit: 1000 }),
    }).then(
      ({ value: { events } }) =>
        setFresh((before) => {
          const old = before.key === key ? before.events : [];
          const ids = new Set(events.map(({ id }) => id));
          return { key, events: [...events, ...old.filter(({ id }) => !ids.has(id))] };
        }),
      // Whether the API is away, the banner says.
      () => undefined,
    );
  }, [key]);
  useFollow(isFollowed, look);
  return fresh.key === key ? fresh.events : [];
}
