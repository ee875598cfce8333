import { describe, expect, it } from 'vitest';
import { readBenchArguments } from './arguments.ts';

describe('the command line', () => {
  it('measures everything in five rounds when it says nothing', () => {
    expect(readBenchArguments([])).toMatchObject({
      workloads: [
        'w1',
        'w2',
        'w3',
        'w4',
        'w5',
        'w6',
        'w7',
        'w8',
        'w9',
        'w10',
        'w11.1',
        'w11.2',
        'w11.3',
        'w12',
        'w1s',
        'w2s',
        'w6s',
      ],
      subjects: undefined,
      rounds: 5,
      growth: false,
    });
  });

  it('chooses workloads and subjects', () => {
    expect(readBenchArguments(['--only', 'w2, w6', '--subjects', 'postern,pipe', '--seconds', '1.5'])).toMatchObject({
      workloads: ['w2', 'w6'],
      subjects: ['postern', 'pipe'],
      seconds: 1.5,
    });
  });

  it.each([
    [['--only', 'w99'], '--only has "w99" where w1, w2'],
    [['--subjects', 'postern,exim'], '--subjects has "exim" where postern'],
    [['--rounds', '0'], '--rounds is "0" where a number above 0'],
    [['--seconds', '1s'], '--seconds is "1s" where a number above 0'],
    [['--profile', 'x.cpuprofile'], '--profile needs --only with one workload'],
    [['--profile', 'x.cpuprofile', '--only', 'w5'], '--profile needs'],
    [['--fast'], "Unknown option '--fast'"],
    [['w1'], "Unexpected argument 'w1'"],
  ])('refuses %j', (args, problem) => {
    expect(() => readBenchArguments(args)).toThrow(problem);
  });
});
