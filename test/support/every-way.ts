/** Runs one conversation in each segmentation, and once more with octets following; all must come out the same. */
import { expect } from 'vitest';
import { type DriverOptions, MachineDriver } from './machine-driver.ts';
import { SEGMENTATIONS, WHOLE } from './segmentation.ts';

/** One flight, or something done to the driver between flights. */
export type Move = string | Buffer | ((driver: MachineDriver) => void);

const FOLLOWING = 'NOOP\r\n';
const FOLLOWING_REPLY = '250 2.0.0 OK\r\n';

function run(options: DriverOptions, moves: readonly Move[]): MachineDriver {
  const driver = new MachineDriver(options);
  for (const move of moves) {
    if (typeof move === 'function') move(driver);
    else driver.send(move);
  }
  return driver;
}

/** @returns the driver of the run in whole flights */
export function everyWay(options: DriverOptions, ...moves: readonly Move[]): MachineDriver {
  const whole = run({ ...options, segmentation: WHOLE }, moves);
  for (const segmentation of SEGMENTATIONS) {
    const other = run({ ...options, segmentation }, moves);
    expect(other.sides, segmentation.name).toEqual(whole.sides);
    expect(other.session.state, segmentation.name).toBe(whole.session.state);
  }
  expectSameWithMore(options, moves, whole);
  return whole;
}

/** Octets that follow in the same chunk neither change what came before nor get lost. */
function expectSameWithMore(options: DriverOptions, moves: readonly Move[], whole: MachineDriver): void {
  const last = moves.at(-1);
  const isMidLine = whole.session.heldOctets > 0;
  const { state } = whole.session;
  if (last === undefined || typeof last === 'function' || isMidLine || state === 'content' || state === 'exchange')
    return;
  const flight = typeof last === 'string' ? Buffer.from(last, 'latin1') : last;
  const more = run(options, [...moves.slice(0, -1), Buffer.concat([flight, Buffer.from(FOLLOWING)])]);
  // What comes in the clear after STARTTLS, or after the end, is dropped.
  const isTaken = state !== 'closed' && !whole.replies.at(-1)?.startsWith('220 2.0.0');
  const isWaiting = whole.session.isWaiting;
  expect(more.replies, 'with octets following').toEqual([
    ...whole.replies,
    ...(isTaken && !isWaiting ? [FOLLOWING_REPLY] : []),
  ]);
  expect(more.hop.lines, 'with octets following').toEqual(whole.hop.lines);
}
