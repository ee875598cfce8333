/** How the process is: memory, and how late its event loop was. For people and for long runs; nothing decides by it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Signs {
  readonly residentOctets: number;
  readonly heapOctets: number;
  /** Buffers. */
  readonly externalOctets: number;
  /** Milliseconds that the event loop was late in the last one to two minutes: the 99th percentile, and the worst. */
  readonly eventLoopDelayMs: number;
  readonly worstEventLoopDelayMs: number;
}

interface Delays {
  readonly usual: number;
  readonly worst: number;
}

/** Milliseconds between two looks at the event loop; each wakes the process. */
const RESOLUTION_MS = 20;
/** Milliseconds of which the figures tell, besides those that have passed since. */
const PERIOD_MS = 60_000;
const NANOSECONDS = 1_000_000;

export class VitalSigns {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  /** Delays of the last whole period. */
  #last: Delays = { usual: 0, worst: 0 };
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#turnPeriod(), PERIOD_MS).unref();
  }

  /** Changes nothing: several readers see the same figures. */
  read(): Signs {
    const { rss, heapUsed, external } = process.memoryUsage();
    const now = this.#delays();
    return {
      residentOctets: rss,
      heapOctets: heapUsed,
      externalOctets: external,
      eventLoopDelayMs: Math.max(now.usual, this.#last.usual),
      worstEventLoopDelayMs: Math.max(now.worst, this.#last.worst),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #turnPeriod(): void {
    this.#last = this.#delays();
    this.#histogram.reset();
  }

  #delays(): Delays {
    return { usual: lateMs(this.#histogram.percentile(99)), worst: lateMs(this.#histogram.max) };
  }
}

/** The histogram holds the whole interval, of which the resolution is no delay. */
function lateMs(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / NANOSECONDS) - RESOLUTION_MS);
}
