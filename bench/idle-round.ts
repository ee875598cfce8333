/** One round of idle sessions: what a process that has nothing else holds for each. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from './bed.ts';
import { memoryOf } from './round.ts';
import type { SubjectKind } from './subjects/subject.ts';

/** Milliseconds until a process has done what follows its start, or the last EHLO. */
const SETTLE_MS = 2500;

export interface IdleFigures {
  readonly sessions: number;
  /** Resident, without any session. */
  readonly idleOctets: number;
  /** Resident, with all of them. */
  readonly totalOctets: number;
  readonly octetsPerSession: number;
}

/** Starts a fresh process each time: what was resident once stays so. */
export async function measureIdle(bed: Bed, kind: SubjectKind): Promise<IdleFigures> {
  const { sessions } = bed.workload;
  const subject = await bed.startSubject(kind);
  try {
    await delay(SETTLE_MS);
    const idleOctets = memoryOf(subject).residentOctets;
    await bed.open(subject);
    await delay(SETTLE_MS);
    bed.check(subject);
    const totalOctets = memoryOf(subject).residentOctets;
    await bed.closeConnections(subject);
    return { sessions, idleOctets, totalOctets, octetsPerSession: (totalOctets - idleOctets) / sessions };
  } finally {
    await subject.stop();
  }
}
