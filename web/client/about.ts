/** What the server of the page knows that the API does not: where it asks, and where servers listen on this machine. */
import type { About } from '../core/health.ts';
import { useAnswer } from './use-load.ts';

export function useAbout(): About | undefined {
  return useAnswer<About>('/page/about.json').value?.value;
}
