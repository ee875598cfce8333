/**
 * How many executions each function keeps for itself, of those that the account may reserve. What a function keeps is also
 * the most that it gets: a flood of logins ends at the share of `authenticate`, and takes no decision about a recipient and
 * no event with it.
 */

/** Hundredths of what may be reserved, and what is no use without. */
const SHARES = {
  authenticate: { percent: 20, least: 10 },
  'check-relay': { percent: 10, least: 10 },
  'check-limits': { percent: 5, least: 5 },
  'record-events': { percent: 5, least: 5 },
} as const;

export type ReservingFunction = keyof typeof SHARES;
export const RESERVING_FUNCTIONS = Object.keys(SHARES) as readonly ReservingFunction[];

/** Executions that Lambda wants left for functions without a reservation (developer guide, reserved concurrency). */
const LEFT_FOR_OTHERS = 100;

/**
 * The share of each of `names`; empty where the account has too little to give each its least, as a new account with 10
 * executions in all.
 *
 * @param unreserved executions that no one keeps, those that `names` keep now counted in
 */
export function sharesOf(
  names: readonly ReservingFunction[],
  unreserved: number,
): ReadonlyMap<ReservingFunction, number> {
  const free = unreserved - LEFT_FOR_OTHERS;
  const shares = names.map((name): [ReservingFunction, number] => {
    const { percent, least } = SHARES[name];
    return [name, Math.max(least, Math.floor((free * percent) / 100))];
  });
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  return new Map(sum <= free ? shares : []);
}
