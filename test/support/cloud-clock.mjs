/**
 * Preloaded (`--import`) into an edge proxy whose clock is to jump: each SIGUSR2 shifts `Date` to the next of the
 * offsets in `CLOUD_CLOCK_SHIFTS` (milliseconds, parted by commas) and says so.
 */
import process from 'node:process';

const shifts = (process.env.CLOUD_CLOCK_SHIFTS ?? '').split(',').map(Number);
const RealDate = Date;
let shiftMs = 0;

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};

process.on('SIGUSR2', () => {
  shiftMs = shifts.shift() ?? 0;
  process.stdout.write(`${JSON.stringify({ event: 'clock-shifted', shiftMs })}\n`);
});
