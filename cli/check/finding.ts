/** What `check` finds. */

/** `error`: something does not work, or is open. `warning`: it is likely not what was meant. `note`: to know. */
export type Level = 'error' | 'warning' | 'note';

export interface Finding {
  readonly level: Level;
  /** The published server; `*` for what concerns all, such as a user. */
  readonly server: string;
  /** Key of the item: `settings`, `domain#example.com`, `user#alice@example.com`. */
  readonly item: string;
  readonly problem: string;
}

export type Say = (level: Level, item: string, problem: string) => void;
