/** How the process is: memory, and how late its event loop was. For people and for long runs; nothing decides by it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Signs {
  readonly residentOctets: number;
  readonly heapOctets: number;
  /** Buffers. */
  readonly externalOctets: number;
  /** Milliseconds that the event loop was late since the last reading: the 99th percentile, and the worst. */
  readonly eventLoopDelayMs: number;
  readonly worstEventLoopDelayMs: number;
}

/** Milliseconds between two looks at the event loop; each wakes the process. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1_000_000;

export class VitalSigns {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delays.enable();
  }

  read(): Signs {
    const { rss, heapUsed, external } = process.memoryUsage();
    const signs = {
      residentOctets: rss,
      heapOctets: heapUsed,
      externalOctets: external,
      eventLoopDelayMs: this.#late(this.#delays.percentile(99)),
      worstEventLoopDelayMs: this.#late(this.#delays.max),
    };
    this.#delays.reset();
    return signs;
  }

  /** The histogram holds the whole interval, of which the resolution is no delay. */
  #late(nanoseconds: number): number {
    return Math.max(0, Math.round(nanoseconds / NANOSECONDS) - RESOLUTION_MS);
  }
}
