/** One round: one subject under one load for a while, and what that cost. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bed } from './bed.ts';
import { BenchError } from './bench-error.ts';
import type { Stretch } from './load/load.ts';
import { type Cores, coreBusyMicros } from './machine/cores.ts';
import { type Memory, treeCpuMicros, treeMemory } from './machine/process-figures.ts';
import type { Percentiles } from './statistics.ts';
import type { Subject } from './subjects/subject.ts';

/** Milliseconds in which a subject does what it put off, and pays for it: Postern's events leave within 1 s. */
const SETTLE_MS = 1200;
/** Milliseconds in which what was answered with 250 must have come through; a queue may lie between. */
const ARRIVE_MS = 60_000;
const POLL_MS = 50;

export interface RoundFigures {
  readonly messages: number;
  /** Octets of content. */
  readonly octets: number;
  readonly seconds: number;
  /** User and system time of all the subject's processes, for each message. */
  readonly cpuMicros: number;
  /** The same by what the process is for. */
  readonly cpuMicrosByRole: Readonly<Record<string, number>>;
  /** Seconds of processor time for 10^9 octets of content. */
  readonly cpuSecondsPerGigabyte: number;
  readonly messagesPerSecond: number;
  /** 10^6 octets of content a second. */
  readonly megabytesPerSecond: number;
  readonly latencyMs: Percentiles;
  readonly memory: Memory;
  /** Processor time over wall time, 1 being one core, while messages were sent. */
  readonly subjectShare: number;
  /** The same of everything else of ours. */
  readonly othersShare: number;
  /** What other programs took of the cores; 0 where nothing is pinned. */
  readonly strangersShare: number;
  readonly generatorMicros: number;
  readonly sinkMicros: number;
  /** For each 1,000 messages, by function. */
  readonly invocations: Readonly<Record<string, number>>;
  /** Delivered, for each 1,000 messages. */
  readonly events: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly byRole: Readonly<Record<string, number>>;
  readonly subject: number;
  readonly generator: number;
  readonly sink: number;
  readonly others: number;
  readonly busy: number;
}

/** @throws BenchError when a message is lost or refused, or a part has ended */
export async function measureRound(bed: Bed, subject: Subject, plan: Plan): Promise<RoundFigures> {
  await bed.open(subject);
  const arrivedBefore = await bed.arrived();
  const invokedBefore = bed.cloud.invocations;
  const eventsBefore = bed.cloud.events;
  const before = look(bed, subject, plan.cores);
  const sent = await bed.run(subject, plan.stretch);
  const sending = since(before, look(bed, subject, plan.cores));
  const arrived = await arrival(bed, subject, arrivedBefore.messages + sent.messages);
  await delay(SETTLE_MS);
  bed.check(subject);
  const whole = since(before, look(bed, subject, plan.cores));
  const memory = memoryOf(subject);
  const invoked = bed.cloud.invocations;
  await bed.closeConnections(subject);

  const octets = (arrived.octets ?? 0) - (arrivedBefore.octets ?? 0);
  if (arrived.octets !== undefined && octets < sent.octets) {
    throw new BenchError(`${subject.name}: of ${sent.octets} octets of content ${octets} reached the sink`);
  }
  const each = (micros: number): number => micros / sent.messages;
  const ours = sending.generator + sending.sink + sending.others;
  const wallMicros = sending.atMs * 1000;
  return {
    messages: sent.messages,
    octets: sent.octets,
    seconds: sent.seconds,
    cpuMicros: each(whole.subject),
    cpuMicrosByRole: Object.fromEntries(Object.entries(whole.byRole).map(([role, micros]) => [role, each(micros)])),
    cpuSecondsPerGigabyte: (whole.subject / sent.octets) * 1000,
    messagesPerSecond: sent.messages / sent.seconds,
    megabytesPerSecond: sent.octets / sent.seconds / 1e6,
    latencyMs: sent.latencyMs,
    memory,
    subjectShare: sending.subject / wallMicros,
    othersShare: ours / wallMicros,
    strangersShare: Math.max(0, sending.busy - sending.subject - ours) / wallMicros,
    generatorMicros: each(whole.generator),
    sinkMicros: each(whole.sink),
    events: each((bed.cloud.events - eventsBefore) * 1000),
    invocations: Object.fromEntries(
      [...invoked].map(([name, count]) => [name, ((count - (invokedBefore.get(name) ?? 0)) / sent.messages) * 1000]),
    ),
  };
}

export interface Plan {
  readonly stretch: Stretch;
  readonly cores: Cores;
}

/** A stretch that is not measured, so that nothing cold is. */
export async function warmUp(bed: Bed, subject: Subject, stretch: Stretch): Promise<void> {
  await bed.open(subject);
  const { messages } = await bed.arrived();
  const sent = await bed.run(subject, stretch);
  await bed.closeConnections(subject);
  await arrival(bed, subject, messages + sent.messages);
}

export function memoryOf({ processes }: Subject): Memory {
  const memories = processes.map(({ pid }) => treeMemory(pid));
  return {
    residentOctets: memories.reduce((sum, { residentOctets }) => sum + residentOctets, 0),
    peakOctets: memories.reduce((sum, { peakOctets }) => sum + peakOctets, 0),
  };
}

/** Waits until `wanted` messages have come through; fails when they do not, or when more do. */
async function arrival(bed: Bed, subject: Subject, wanted: number) {
  const deadlineMs = performance.now() + ARRIVE_MS;
  for (;;) {
    const arrived = await bed.arrived();
    if (arrived.messages === wanted) return arrived;
    bed.check(subject);
    if (arrived.messages > wanted || performance.now() > deadlineMs) {
      const difference = Math.abs(wanted - arrived.messages);
      const fault = arrived.messages > wanted ? 'came through more than were sent' : 'were answered with 250 and lost';
      throw new BenchError(`${bed.workload.name}, ${subject.name}: ${difference} messages ${fault}`);
    }
    await delay(POLL_MS);
  }
}

function look(bed: Bed, { processes }: Subject, cores: Cores): Snapshot {
  const byRole = Object.fromEntries(processes.map(({ role, pid }) => [role, treeCpuMicros(pid)]));
  const self = process.cpuUsage();
  const cloud = bed.cloud.pids.reduce((sum, pid) => sum + treeCpuMicros(pid), 0);
  const isPinned = cores.subject !== undefined && cores.others !== undefined;
  return {
    byRole,
    subject: Object.values(byRole).reduce((sum, micros) => sum + micros, 0),
    generator: treeCpuMicros(bed.generator.pid),
    sink: treeCpuMicros(bed.sink.pid),
    others: cloud + self.user + self.system,
    busy: isPinned ? coreBusyMicros(`${cores.subject},${cores.others}`) : 0,
    atMs: performance.now(),
  };
}

function since(before: Snapshot, after: Snapshot): Snapshot {
  const roles = Object.entries(after.byRole).map(([role, micros]) => [role, micros - (before.byRole[role] ?? 0)]);
  return {
    byRole: Object.fromEntries(roles),
    subject: after.subject - before.subject,
    generator: after.generator - before.generator,
    sink: after.sink - before.sink,
    others: after.others - before.others,
    busy: after.busy - before.busy,
    atMs: after.atMs - before.atMs,
  };
}
