/** A little of every abuse, one after the other, so that none of them leaves something behind unnoticed. */
import { setTimeout as delay } from 'node:timers/promises';
import { AttackerProcess } from '../abuse/attacker-process.ts';
import type { AttackName } from '../abuse/attacks/all-attacks.ts';
import type { Target } from '../abuse/attacks/attack.ts';

const ROUND: readonly (readonly [AttackName, number])[] = [
  ['idle', 300],
  ['churn', 10],
  ['deaf', 20],
  ['dripEverywhere', 45],
  ['refusedRecipients', 2],
  ['garbageHandshakes', 10],
  ['noops', 2],
  ['longCommands', 2],
  ['guessPasswords', 3],
  ['halfClosed', 100],
  ['recipients', 2],
  ['longContentLines', 2],
  ['emptyTransactions', 1],
];
/** Milliseconds of one attack. */
const ATTACK_MS = 3000;

export class Trickle {
  readonly #target: Omit<Target, 'count'>;
  #attacks = 0;

  constructor(target: Omit<Target, 'count'>) {
    this.#target = target;
  }

  /** The next attack, from its beginning to its end; its name. */
  async next(): Promise<AttackName> {
    const [name, count] = ROUND[this.#attacks % ROUND.length] ?? ['idle', 100];
    this.#attacks += 1;
    const attacker = await AttackerProcess.start(name, { ...this.#target, count });
    await delay(ATTACK_MS);
    await attacker.stop();
    return name;
  }
}
