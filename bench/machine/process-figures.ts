/** What the kernel says of processes (Linux, `/proc`): processor time and resident memory, over whole trees. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Microseconds; USER_HZ is 100 on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICK_MICROS = 10_000;

/** What is used of `/proc/PID/stat`, proc(5). Of a process that means all its threads, those that ended included. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** User and system time. */
  readonly cpuMicros: number;
  /** The same of children that ended and were waited for. */
  readonly endedChildrenMicros: number;
}

/** Resident memory, octets. */
export interface Memory {
  readonly residentOctets: number;
  /** The highest since the process began, or since it was last reset. */
  readonly peakOctets: number;
}

/** Why nothing can be measured here; `undefined` when it can. */
export function procMissing(): string | undefined {
  return existsSync('/proc/self/stat')
    ? undefined
    : 'Cannot measure: processor time and memory are read from /proc, which this system does not have';
}

/** @throws SyntaxError when the text is not that of `/proc/PID/stat` */
export function parseStat(text: string): ProcessStat {
  // The name stands in parentheses and may hold blanks and parentheses itself.
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  // Fields are numbered from 1 in proc(5); the third, the state, is the first after the name.
  const field = (number: number): number => Number(fields[number - 3]);
  const stat = {
    pid: Number.parseInt(text, 10),
    parentPid: field(4),
    cpuMicros: (field(14) + field(15)) * TICK_MICROS,
    endedChildrenMicros: (field(16) + field(17)) * TICK_MICROS,
  };
  if (nameEnd === -1 || Object.values(stat).some(Number.isNaN)) throw new SyntaxError(`Not a process's stat: ${text}`);
  return stat;
}

/** @throws SyntaxError when a field is missing, as for a process that has just ended */
export function parseMemory(text: string): Memory {
  const octets = (name: string): number => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kib === undefined) throw new SyntaxError(`No ${name} in a process's status`);
    return Number(kib) * 1024;
  };
  return { residentOctets: octets('VmRSS'), peakOctets: octets('VmHWM') };
}

/** The processes of `stats` that descend from `root`, itself included. */
export function treeOf(stats: readonly ProcessStat[], root: number): ProcessStat[] {
  const found = stats.filter(({ pid }) => pid === root);
  // Grows while it is walked: children of children.
  for (const { pid } of found) found.push(...stats.filter(({ parentPid }) => parentPid === pid));
  return found;
}

/**
 * Microseconds of user and system time of a process and all its descendants, ended ones included.
 *
 * @throws Error when the process is gone
 */
export function treeCpuMicros(root: number): number {
  const tree = treeOf(allStats(), root);
  if (tree.length === 0) throw new Error(`Process ${root} is gone`);
  return tree.reduce((sum, { cpuMicros, endedChildrenMicros }) => sum + cpuMicros + endedChildrenMicros, 0);
}

/** Memory of a process and all its descendants, added up: pages that they share count in each. */
export function treeMemory(root: number): Memory {
  const all = treeOf(allStats(), root).map(({ pid }) => readIfThere(`/proc/${pid}/status`));
  const memories = all.filter((text) => text?.includes('VmRSS:') === true).map((text) => parseMemory(text ?? ''));
  return {
    residentOctets: memories.reduce((sum, { residentOctets }) => sum + residentOctets, 0),
    peakOctets: memories.reduce((sum, { peakOctets }) => sum + peakOctets, 0),
  };
}

function allStats(): ProcessStat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const texts = pids.map((pid) => readIfThere(`/proc/${pid}/stat`)).filter((text) => text !== undefined);
  return texts.map(parseStat);
}

/** Processes come and go while they are listed. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
