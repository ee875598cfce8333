/** Which core the subject gets, and which ones everything else. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cores {
  /** As `taskset -c` takes them; `undefined` when nothing is pinned. */
  readonly subject: string | undefined;
  readonly others: string | undefined;
  /** Why nothing is pinned. */
  readonly problem?: string;
}

/** Numbers in a list as the kernel writes it: `0-2,5`. */
export function parseCoreList(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The last core that we may use is the subject's, the rest are everybody else's. */
export function chooseCores(): Cores {
  const unpinned = (problem: string): Cores => ({ subject: undefined, others: undefined, problem });
  if (spawnSync('taskset', ['--version']).status !== 0) return unpinned('taskset is not installed');
  const allowed = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  const cores = parseCoreList(allowed);
  const subject = cores.pop();
  if (subject === undefined || cores.length === 0) return unpinned('there is only one core');
  return { subject: String(subject), others: cores.join(',') };
}

/** Pins all threads of this process, and with them whatever it starts. */
export function pinSelf({ others }: Cores): void {
  if (others === undefined) return;
  const { status, stderr } = spawnSync('taskset', ['-acp', others, String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot pin this process to core ${others}: ${stderr.trim()}`);
}

/** `command`, so that it runs on `cores`. */
export function pinned(cores: string | undefined, command: readonly string[]): readonly string[] {
  return cores === undefined ? command : ['taskset', '-c', cores, ...command];
}

/** Microseconds that the cores of a list have been busy since the system began, whoever used them. */
export function coreBusyMicros(cores: string, text: string = readFileSync('/proc/stat', 'utf8')): number {
  return parseCoreList(cores).reduce((sum, core) => {
    const fields = new RegExp(`^cpu${core} (.*)$`, 'm').exec(text)?.[1]?.split(' ').map(Number) ?? [];
    // user, nice, system, idle, iowait, irq, softirq, steal; guest time is in user time already.
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
    return sum + (user + nice + system + irq + softirq + steal) * 10_000;
  }, 0);
}
