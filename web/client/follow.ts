/** Calls again and again while a view that follows is there, and the tab is looked at. */
import { useEffect } from 'preact/hooks';

/** Milliseconds between two questions. */
export const FOLLOW_MS = 2000;

export function useFollow(isOn: boolean, look: () => void): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) look();
    }, FOLLOW_MS);
    return () => clearInterval(timer);
  }, [isOn, look]);
}
