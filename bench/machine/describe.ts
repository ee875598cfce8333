/** What figures were measured on. */
import { cpus, release, totalmem } from 'node:os';
import type { Cores } from './cores.ts';

export interface MachineFacts {
  readonly date: string;
  readonly node: string;
  readonly kernel: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryOctets: number;
  readonly pinned: Cores;
}

export function describeMachine(pinned: Cores): MachineFacts {
  const all = cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    kernel: release(),
    processor: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryOctets: totalmem(),
    pinned,
  };
}
