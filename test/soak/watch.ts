/** Looks at one edge proxy now and then, and judges by the trend whether something stays behind. */
import type { Signs } from '../../edge-proxy/vital-signs.ts';
import { descriptors, residentOctets } from '../abuse/process-figures.ts';
import { fitLine, type Sample } from './line-fit.ts';

/** Octets a minute, and in all where a run is short, which finds gross leaks only: V8's heap and malloc grow at first. */
const MAX_OCTETS_PER_MINUTE = 4_194_304;
const MAX_OCTETS = 67_108_864;
/** Descriptors a minute, and in all: sessions and connections to hops come and go between two looks. */
const MAX_DESCRIPTORS_PER_MINUTE = 2;
const MAX_DESCRIPTORS = 20;

export interface Watched {
  readonly name: string;
  readonly pid: number;
  readonly healthPort: number;
}

export class Watch {
  readonly #watched: Watched;
  readonly #memory: Sample[] = [];
  readonly #descriptors: Sample[] = [];

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** @param at minutes since the start */
  async look(at: number): Promise<string> {
    const { name, pid, healthPort } = this.#watched;
    const answer = await fetch(`http://127.0.0.1:${healthPort}/health`, { headers: { connection: 'close' } });
    const health = (await answer.json()) as Signs & { readonly sessions: number; readonly undeliveredEvents: number };
    const open = descriptors(pid);
    const resident = residentOctets(pid);
    this.#memory.push({ at, value: resident });
    this.#descriptors.push({ at, value: open });
    const mb = (octets: number): string => (octets / 1e6).toFixed(0);
    return (
      `${name}: rss ${mb(resident)} MB heap ${mb(health.heapOctets)} MB fd ${open} sessions ${health.sessions}` +
      ` loop ${health.eventLoopDelayMs}/${health.worstEventLoopDelayMs} ms undelivered ${health.undeliveredEvents}`
    );
  }

  /** The trends since `from` (minutes), and what is wrong with them. */
  verdict(from: number): { readonly summary: string; readonly problems: readonly string[] } {
    const since = (samples: readonly Sample[]) => fitLine(samples.filter(({ at }) => at >= from));
    const memory = since(this.#memory);
    const open = since(this.#descriptors);
    const { name } = this.#watched;
    const problems: string[] = [];
    const maxOctets = Math.max(MAX_OCTETS_PER_MINUTE, MAX_OCTETS / Math.max(memory.span, 0.1));
    if (memory.perMinute > maxOctets) problems.push(`${name}: memory rises`);
    const maxDescriptors = Math.max(MAX_DESCRIPTORS_PER_MINUTE, MAX_DESCRIPTORS / Math.max(open.span, 0.1));
    if (open.perMinute > maxDescriptors) problems.push(`${name}: descriptors rise`);
    const summary =
      `${name}: memory ${(memory.perMinute / 1e6).toFixed(2)} MB a minute (at most ${(maxOctets / 1e6).toFixed(1)}),` +
      ` descriptors ${open.perMinute.toFixed(2)} a minute (at most ${maxDescriptors.toFixed(1)})`;
    return { summary, problems };
  }
}
