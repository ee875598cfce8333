/** What a CPU profile of V8 (`.cpuprofile`) says of the functions that took the time themselves. */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Ids of the nodes that were found running, and the microseconds before each. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** `protocol/session/session.ts`, a module of Node, or what V8 says of its own work. */
  readonly place: string;
  readonly micros: number;
  /** The part of all the time in which the processor was not idle. */
  readonly share: number;
}

/** Not work. */
const IDLE = '(idle)';

/**
 * The functions of a profile, the most expensive first.
 *
 * @param bundle text of the bundle that ran, in which esbuild names the source of each part
 */
export function selfTimes(profile: CpuProfile, bundle: string): SelfTime[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const sourceOf = bundleSources(bundle);
  const found = new Map<string, { name: string; place: string; micros: number }>();
  for (const [index, id] of profile.samples.entries()) {
    const { functionName = '', url = '', lineNumber = 0 } = frames.get(id) ?? {};
    if (functionName === IDLE) continue;
    const place = url.endsWith('.mjs') ? sourceOf(lineNumber) : url;
    const name = functionName === '' ? '(anonymous)' : functionName;
    const key = `${name} ${place} ${functionName === '' ? lineNumber : ''}`;
    const entry = found.get(key) ?? { name, place, micros: 0 };
    entry.micros += profile.timeDeltas[index] ?? 0;
    found.set(key, entry);
  }
  const all = [...found.values()];
  const total = all.reduce((sum, { micros }) => sum + micros, 0);
  return all.map((entry) => ({ ...entry, share: entry.micros / total })).sort((a, b) => b.micros - a.micros);
}

/** Finds the source of a line of a bundle: esbuild puts `// path` above each. Lines count from 0. */
function bundleSources(bundle: string): (line: number) => string {
  const starts = bundle
    .split('\n')
    .map((text, line) => ({ line, path: /^\/\/ ([^\s:]+\.(?:[cm]?[jt]s|json))$/.exec(text)?.[1] }))
    .filter((start) => start.path !== undefined);
  return (line) => starts.findLast((start) => start.line <= line)?.path ?? 'bundle';
}
