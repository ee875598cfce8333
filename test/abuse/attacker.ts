/**
 * One attack as a process of its own, so that its work is not measured as the server's slowness.
 * Usage: attacker.ts ATTACK TARGET (JSON). Says `standing` when the load stands; ends with its standard input.
 */
import { type AttackName, attackNamed } from './attacks/all-attacks.ts';
import type { Target } from './attacks/attack.ts';

/** Milliseconds after which it ends whatever happens. */
const MAX_MS = 900_000;

const [name = '', target = '{}'] = process.argv.slice(2);
process.stdin.resume().on('end', () => process.exit(0));
setTimeout(() => process.exit(0), MAX_MS);
// Written by `Attacker`.
await attackNamed(name as AttackName)(JSON.parse(target) as Target);
process.stdout.write('standing\n');
