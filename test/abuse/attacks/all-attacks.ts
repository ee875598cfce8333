/** Every attack by its name. */
import type { Attack } from './attack.ts';
import { dripEverywhere, dripRecipients } from './drip.ts';
import {
  churn,
  connectionRate,
  emptyTransactions,
  garbageHandshakes,
  hellos,
  noops,
  recipients,
  refusedRecipients,
  resets,
} from './flood.ts';
import { guessPasswords } from './guess.ts';
import { longCommands, longContentLines, longExchanges } from './overlong.ts';
import { deaf, halfClosed, idle, silentBeforeTls, silentConnections } from './standing.ts';

const ATTACKS = {
  idle,
  silentConnections,
  silentBeforeTls,
  halfClosed,
  deaf,
  dripEverywhere,
  dripRecipients,
  noops,
  resets,
  hellos,
  emptyTransactions,
  recipients,
  refusedRecipients,
  connectionRate,
  churn,
  garbageHandshakes,
  longCommands,
  longExchanges,
  longContentLines,
  guessPasswords,
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackName = keyof typeof ATTACKS;

export function attackNamed(name: AttackName): Attack {
  return ATTACKS[name];
}
