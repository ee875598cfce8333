import { describe, expect, it } from 'vitest';
import { workloadNamed } from './test-support/figures.ts';
import { WORKLOAD_NAMES, WORKLOADS } from './workload.ts';

describe('the workloads', () => {
  it('are all that can be named, in that order', () => {
    expect(WORKLOADS.map(({ name }) => name)).toEqual(WORKLOAD_NAMES);
  });

  it.each([
    ['w11.1', 'w1'],
    ['w11.2', 'w2'],
    ['w11.3', 'w3'],
  ] as const)('%s is %s on a server with ten screening rules', (screened, streamed) => {
    const { title } = workloadNamed(streamed);

    expect(workloadNamed(screened)).toEqual({
      ...workloadNamed(streamed),
      name: screened,
      title: `${title}, ten screening rules`,
      screeningRules: 10,
    });
  });

  it.each([
    ['w1s', 'w1'],
    ['w2s', 'w2'],
    ['w6s', 'w6'],
  ] as const)('%s is %s from clients that do not pipeline', (stepwise, pipelined) => {
    const { title } = workloadNamed(pipelined);

    expect(workloadNamed(stepwise)).toEqual({
      ...workloadNamed(pipelined),
      name: stepwise,
      title: `${title}, step by step`,
      isPipelined: false,
    });
  });
});
