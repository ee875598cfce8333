/** Who may import whom. The rooms and their arrows are told in docs/architecture.md; here they are enforced. */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = posix.join(import.meta.dirname, '..');
const ROOMS = [
  'policy',
  'protocol',
  'edge-proxy',
  'functions',
  'cli',
  'infra',
  'local',
  'scripts',
  'bench',
  'test',
] as const;
type Room = (typeof ROOMS)[number];

/** Rooms that each room may import beside itself. */
const ARROWS: Readonly<Record<Exclude<Room, 'test'>, readonly Room[]>> = {
  policy: [],
  protocol: ['policy'],
  'edge-proxy': ['policy', 'protocol'],
  functions: ['policy', 'protocol'],
  cli: ['policy'],
  infra: ['policy'],
  local: ['policy'],
  scripts: ['policy'],
  bench: ['policy'],
};

/** Files that another room may import all the same. */
const EXCEPTIONS: readonly (readonly [from: Room, file: RegExp])[] = [
  // The one recipe by which functions and the edge proxy are bundled, here as for a deployment.
  ['local', /^functions\/bundle\.ts$/],
  ['infra', /^functions\/bundle\.ts$/],
  ['scripts', /^functions\/bundle\.ts$/],
  ['bench', /^functions\/bundle\.ts$/],
  // The benchmark starts the embedded cloud as the embedded run does, and its own programs like parts of it.
  ['bench', /^local\/(?:child-environment|functions|names|dynamodb\/client|seed\/tables)\.ts$/],
  ['bench', /^local\/start\/(?:bundle|certificate|line-splitter|part|part-program)\.ts$/],
  // What the admin API takes and answers, parsed by both ends.
  ['cli', /^functions\/admin\/contract\//],
  // The routes, so that the embedded HTTP API has those of the deployed one.
  ['local', /^functions\/admin\/env\.ts$/],
  // The probe, which a function makes each hour and people when they like.
  ['cli', /^functions\/probe\/(?:context|conversation|probe|report)\.ts$/],
  // Names of variables, so that a grant and its reader cannot drift apart.
  ['infra', /^functions\/[^/]+\/env\.ts$/],
];

/** Packages and built-in modules of the pure rooms. */
const PACKAGES = {
  policy: ['zod', '@mongodb-js/saslprep', 'node:crypto', 'node:net', 'node:url', 'node:util'],
  // zlib inflates in memory, within a bound, and knows nothing else.
  protocol: ['node:buffer', 'node:zlib'],
} as const satisfies Partial<Record<Room, readonly string[]>>;

/** Clocks, chance, timers and the process belong to the shell. */
const IMPURE =
  /\b(?:Date\.now|Math\.random|performance\.|set(?:Timeout|Interval|Immediate)\b|queueMicrotask\b|process\.|console\.|new Date\(\))/;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const IMPORT = /(?:\bimport\s*\(\s*|\bimport\s+|\bfrom\s*)(['"])([^'"\n]+)\1/g;

function readSource(path: string): SourceFile {
  const text = readFileSync(posix.join(ROOT, path), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map((match) => match[2] ?? '');
  return { path, room: path.split('/')[0] ?? '', text, imports };
}

/** All sources but tests and what only tests use. */
const SOURCES = globSync(`{${ROOMS.join(',')}}/**/*.{ts,mts,mjs}`, { cwd: ROOT })
  .filter(
    (path) =>
      !/(?:^|\/)(?:node_modules|dist)\//.test(path) && !/\.test\.ts$|\.d\.ts$|(?:^|\/)test-support\//.test(path),
  )
  .sort()
  .map(readSource);

/** The file of a relative import, from the root; `undefined` when it names a package. */
function fileOf(source: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : undefined;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function sourcesOf(room: string): SourceFile[] {
  return SOURCES.filter((source) => source.room === room);
}

/** Imports of a room's sources that `isAllowed` refuses, one line each. */
function wrongImports(room: string, isAllowed: (source: SourceFile, specifier: string) => boolean): string[] {
  return sourcesOf(room).flatMap((source) =>
    source.imports
      .filter((specifier) => !isAllowed(source, specifier))
      .map((specifier) => `${source.path} imports ${specifier}`),
  );
}

it.each(Object.entries(ARROWS))('%s imports of other rooms only %j', (room, others) => {
  const allowed: readonly string[] = [room, ...others];
  const wrong = wrongImports(room, (source, specifier) => {
    const file = fileOf(source, specifier);
    if (file === undefined || allowed.includes(file.split('/')[0] ?? '')) return true;
    return EXCEPTIONS.some(([from, pattern]) => from === room && pattern.test(file));
  });

  expect(wrong).toEqual([]);
});

it.each(Object.entries(PACKAGES))('%s imports of packages only %j', (room, packages) => {
  const allowed: readonly string[] = packages;
  const wrong = wrongImports(room, (_source, specifier) => {
    return specifier.startsWith('.') || allowed.includes(packageOf(specifier));
  });

  expect(wrong).toEqual([]);
});

it('the contract of the admin API imports policy and zod alone, so that a client loads nothing of the function', () => {
  const isContract = (path: string): boolean => path.startsWith('functions/admin/contract/');
  const wrong = wrongImports('functions', (source, specifier) => {
    if (!isContract(source.path)) return true;
    const file = fileOf(source, specifier);
    return file === undefined ? specifier === 'zod' : isContract(file) || file.startsWith('policy/');
  });

  expect(sourcesOf('functions').filter(({ path }) => isContract(path)).length).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
});

describe('every room', () => {
  it('has its sources read', () => {
    for (const room of ['policy', 'protocol', 'edge-proxy', 'functions', 'cli', 'infra', 'local'] as const) {
      expect(sourcesOf(room).length, room).toBeGreaterThan(3);
    }
  });

  it('keeps to its rooms by relative paths, and never leaves the repository', () => {
    const wrong = ROOMS.flatMap((room) =>
      wrongImports(room, (source, specifier) => {
        return !specifier.startsWith('/') && fileOf(source, specifier)?.startsWith('..') !== true;
      }),
    );

    expect(wrong).toEqual([]);
  });
});

it.each(Object.keys(PACKAGES))('%s holds no clock, chance, timer, process or console', (room) => {
  // Comments may name what the code must not use.
  const wrong = sourcesOf(room)
    .filter(({ text }) => IMPURE.test(withoutComments(text)))
    .map(({ path }) => path);

  expect(wrong).toEqual([]);
});

function withoutComments(text: string): string {
  return stripTypeScriptTypes(text)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}
