/** The published servers, which every page names. */
import type * as z from 'zod';
import type { listedServer } from '../../functions/admin/contract/answers/server-answer.ts';
import { type LoadedList, useList } from './use-load.ts';

export type ListedServer = z.output<typeof listedServer>;

const QUESTION = {
  path: '/servers',
  entries: (page: Readonly<Record<string, unknown>>) => page.servers as readonly ListedServer[],
};

/** In the order of their names. */
export function useServers(): LoadedList<ListedServer> {
  const list = useList(QUESTION);
  const sorted = list.value === undefined ? undefined : [...list.value].sort((a, b) => (a.server < b.server ? -1 : 1));
  return { ...list, value: sorted };
}
