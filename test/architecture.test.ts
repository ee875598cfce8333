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
  'web',
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
  web: ['policy'],
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
  ['bench', /^local\/start\/(?:bundle|certificate|part|part-program)\.ts$/],
  // What the admin API takes and answers, parsed by both ends.
  ['cli', /^functions\/admin\/contract\//],
  ['web', /^functions\/admin\/contract\//],
  // The page's files and its door, for whoever serves it: the embedded run and the command line.
  ['local', /^web\/serve\//],
  ['cli', /^web\/serve\//],
  // The routes and their matching, so that the embedded HTTP API has those of the deployed one.
  ['local', /^functions\/admin\/(?:env|http\/match-route)\.ts$/],
  // The tables on one machine, with their streams: the functions' own tests stand on them too.
  ['local', /^functions\/tables\/embedded\//],
  // The probe, which a function makes each hour and people when they like.
  ['cli', /^functions\/probe\/(?:context|conversation|probe|report)\.ts$/],
  // Names of variables, so that a grant and its reader cannot drift apart.
  ['infra', /^functions\/[^/]+\/env\.ts$/],
];

/**
 * Rooms inside of a room, and which of them each may import beside itself. A file is of the innermost room whose folder
 * it is in; `(ground)` are files at the root of a room that know none of its rooms, `(root)` the others there.
 */
const INNER_ARROWS: Readonly<Record<string, readonly string[]>> = {
  'protocol/(ground)': [],
  'protocol/session': ['protocol/verbs', 'protocol/content', 'protocol/sasl', 'protocol/hop'],
  'protocol/verbs': ['protocol/session', 'protocol/content', 'protocol/sasl', 'protocol/hop'],
  'protocol/content': ['protocol/content/mime', 'protocol/content/mime/common'],
  'protocol/content/mime': [
    'protocol/content/mime/head',
    'protocol/content/mime/files',
    'protocol/content/mime/common',
  ],
  'protocol/content/mime/head': ['protocol/content/mime/common'],
  'protocol/content/mime/files': ['protocol/content/mime/common'],
  'protocol/content/mime/common': [],
  'protocol/sasl': [],
  // Base64 of a challenge.
  'protocol/hop': ['protocol/sasl'],

  'edge-proxy/(root)': [
    'edge-proxy/listener',
    'edge-proxy/decisions',
    'edge-proxy/events',
    'edge-proxy/held',
    'edge-proxy/live',
    'edge-proxy/kept',
    'edge-proxy/next-hop',
    'edge-proxy/next-hop/smtp',
    'edge-proxy/next-hop/ses',
    'edge-proxy/certificate',
    'edge-proxy/(ground)',
  ],
  'edge-proxy/listener': ['edge-proxy/session', 'edge-proxy/(ground)'],
  'edge-proxy/session': [
    'edge-proxy/decisions',
    'edge-proxy/events',
    'edge-proxy/held',
    'edge-proxy/kept',
    'edge-proxy/next-hop',
    'edge-proxy/(ground)',
  ],
  'edge-proxy/held': [
    'edge-proxy/events',
    'edge-proxy/kept',
    'edge-proxy/next-hop',
    'edge-proxy/next-hop/ses',
    'edge-proxy/(ground)',
  ],
  'edge-proxy/live': ['edge-proxy/events', 'edge-proxy/(ground)'],
  'edge-proxy/kept': ['edge-proxy/next-hop', 'edge-proxy/(ground)'],
  'edge-proxy/decisions': ['edge-proxy/(ground)'],
  'edge-proxy/events': ['edge-proxy/(ground)'],
  'edge-proxy/certificate': ['edge-proxy/(ground)'],
  // The face, and the choice between the two that have it.
  'edge-proxy/next-hop': ['edge-proxy/next-hop/smtp', 'edge-proxy/next-hop/ses', 'edge-proxy/(ground)'],
  'edge-proxy/next-hop/smtp': [
    'edge-proxy/next-hop/smtp/connection',
    'edge-proxy/next-hop/smtp/pool',
    'edge-proxy/next-hop/smtp/transaction',
    'edge-proxy/next-hop',
    'edge-proxy/(ground)',
  ],
  'edge-proxy/next-hop/smtp/connection': ['edge-proxy/next-hop', 'edge-proxy/(ground)'],
  'edge-proxy/next-hop/smtp/pool': [
    'edge-proxy/next-hop/smtp/connection',
    'edge-proxy/next-hop',
    'edge-proxy/(ground)',
  ],
  'edge-proxy/next-hop/smtp/transaction': [
    'edge-proxy/next-hop/smtp/pool',
    'edge-proxy/next-hop/smtp/connection',
    'edge-proxy/next-hop',
    'edge-proxy/(ground)',
  ],
  'edge-proxy/next-hop/ses': ['edge-proxy/next-hop', 'edge-proxy/(ground)'],
  'edge-proxy/(ground)': [],

  // What the page computes, without a browser.
  'web/core': [],
  'web/client': ['web/core'],
  'web/parts': ['web/client', 'web/core'],
  'web/pages': ['web/parts', 'web/client', 'web/core'],
  // Runs in Node, and knows of the page only where its files are.
  'web/serve': [],
  'web/(root)': ['web/pages', 'web/parts', 'web/client', 'web/core'],

  'functions/trial': [
    'functions/admin/contract',
    'functions/history',
    'functions/relay',
    'functions/tables',
    'functions/(ground)',
  ],
  'functions/history': ['functions/tables', 'functions/(ground)'],
  'functions/search': ['functions/history', 'functions/tables', 'functions/(ground)'],
  'functions/recording': ['functions/search', 'functions/counts', 'functions/tables', 'functions/(ground)'],
  'functions/counts': ['functions/tables', 'functions/(ground)'],
  'functions/relay': ['functions/tables', 'functions/(ground)'],
  'functions/directory': ['functions/tables', 'functions/(ground)'],
  'functions/tables': ['functions/(ground)'],
  'functions/probe': [],
  'functions/admin/contract': [],
  'functions/(ground)': [],
};

/** The files of each `(ground)`. */
const GROUND: readonly RegExp[] = [
  /^protocol\/[^/]+$/,
  /^edge-proxy\/(?:client-counts|deadline|expiring-cache|faults|function-client|log|minute-tally|octet-budget|text-octets)\.ts$/,
  /^functions\/[^/]+$/,
];

/** Packages and built-in modules of the pure rooms. */
const PACKAGES = {
  policy: ['zod', '@mongodb-js/saslprep', 'node:crypto', 'node:net', 'node:url', 'node:util'],
  // zlib inflates in memory, within a bound, and knows nothing else.
  protocol: ['node:buffer', 'node:zlib'],
} as const satisfies Partial<Record<Room, readonly string[]>>;

/** What a browser has and Node has not: `web/core` is without it. */
const BROWSER = /\b(?:document|window|location|history|localStorage|navigator)\.[a-z]/;

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

const ALL_SOURCES = globSync(`{${ROOMS.join(',')}}/**/*.{ts,tsx,mts,mjs}`, { cwd: ROOT })
  .filter((path) => !/(?:^|\/)(?:node_modules|dist)\/|\.d\.m?ts$/.test(path))
  .sort()
  .map(readSource);

const ONLY_FOR_TESTS = /\.test\.ts$|(?:^|\/)test-support\//;
/** All sources but tests and what only tests use. */
const SOURCES = ALL_SOURCES.filter(({ path }) => !ONLY_FOR_TESTS.test(path));

/** The file of a relative import, from the root; `undefined` when it names a package. */
function fileOf(source: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : undefined;
}

/** The innermost room of a file. Each function's folder is a room with its handler's name. */
function innerRoomOf(path: string): string {
  const folder = posix.dirname(path);
  if (GROUND.some((pattern) => pattern.test(path))) return `${folder}/(ground)`;
  if (!folder.includes('/')) return `${folder}/(root)`;
  const known = Object.keys(INNER_ARROWS).filter((room) => `${folder}/`.startsWith(`${room}/`));
  return known.sort((a, b) => b.length - a.length)[0] ?? folder.split('/').slice(0, 2).join('/');
}

const WITHOUT_HANDLER = Object.keys(INNER_ARROWS).filter((room) => room.startsWith('functions/'));

/** What an inner room may import; a function's folder, all that has no handler. */
function innerArrowsOf(room: string): readonly string[] {
  return INNER_ARROWS[room] ?? (room.startsWith('functions/') ? WITHOUT_HANDLER : []);
}

/** Ways round: each a list of files of which every one imports the next, and the last the first. */
function circles(sources: readonly SourceFile[]): readonly string[] {
  const known = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at !== -1) found.push([...way.slice(at), path].join(' → '));
    const source = known.get(path);
    if (at !== -1 || source === undefined || done.has(path)) return;
    for (const specifier of source.imports) {
      const file = fileOf(source, specifier);
      if (file !== undefined) visit(file, [...way, path]);
    }
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
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

describe('rooms inside of rooms', () => {
  const innerRooms = [
    ...new Set(
      ['protocol', 'edge-proxy', 'functions', 'web'].flatMap((room) =>
        sourcesOf(room).map(({ path }) => innerRoomOf(path)),
      ),
    ),
  ].sort();

  it('have no arrow without a room', () => {
    expect(innerRooms).toEqual(expect.arrayContaining(Object.keys(INNER_ARROWS)));
  });

  it.each(innerRooms)('%s imports of the others only what it may', (room) => {
    const allowed = [room, ...innerArrowsOf(room)];
    const outer = room.split('/')[0] ?? '';
    const wrong = wrongImports(outer, (source, specifier) => {
      const file = fileOf(source, specifier);
      if (innerRoomOf(source.path) !== room || file?.split('/')[0] !== outer) return true;
      return allowed.includes(innerRoomOf(file));
    });

    expect(wrong).toEqual([]);
  });

  it('have no handler where functions borrow from them', () => {
    const wrong = sourcesOf('functions').filter(
      ({ path }) => posix.basename(path) === 'handler.ts' && WITHOUT_HANDLER.includes(innerRoomOf(path)),
    );

    expect(wrong).toEqual([]);
  });
});

it('no file imports itself through others, types included', () => {
  expect(circles(ALL_SOURCES)).toEqual([]);
});

it.each(['policy', 'protocol', 'edge-proxy', 'functions'] as const)('tests of %s import nothing above it', (room) => {
  const allowed: readonly string[] = [room, 'test', ...ARROWS[room]];
  const wrong = ALL_SOURCES.filter(({ path }) => path.startsWith(`${room}/`) && ONLY_FOR_TESTS.test(path)).flatMap(
    (source) =>
      source.imports
        .map((specifier) => fileOf(source, specifier))
        .filter((file) => file !== undefined && !allowed.includes(file.split('/')[0] ?? ''))
        .map((file) => `${source.path} imports ${file}`),
  );

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

const EXPORTED = /^export (?:async )?(?:function\*?|class) (\w+)/gm;

// The page is a program of its own in a browser, whose functions do what those of the command line do.
it('a handler of a function is loaded by its own test alone: it reads its environment once for all files of a worker', () => {
  const wrong = ALL_SOURCES.flatMap((source) =>
    source.imports
      .map((specifier) => fileOf(source, specifier))
      .filter((file) => file !== undefined && /^functions\/.+\/handler\.ts$/.test(file))
      .filter((file) => source.path !== file?.replace(/\.ts$/, '.test.ts'))
      .map((file) => `${source.path} imports ${file}`),
  );

  expect(wrong).toEqual([]);
});

it('no two functions or classes that are exported have one name', () => {
  const places = SOURCES.filter(({ room }) => room !== 'test' && room !== 'web').flatMap(({ path, text }) =>
    [...text.matchAll(EXPORTED)].map(([, name = '']) => ({ name, path })),
  );
  const twice = [...Map.groupBy(places, ({ name }) => name)].filter(([, found]) => found.length > 1);

  expect(places.length).toBeGreaterThan(500);
  expect(twice.map(([name, found]) => `${name}: ${found.map(({ path }) => path).join(', ')}`)).toEqual([]);
});

describe('every room', () => {
  it('has its sources read', () => {
    for (const room of ['policy', 'protocol', 'edge-proxy', 'functions', 'cli', 'web', 'infra', 'local'] as const) {
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

it('no doc comment leaves its noun out', () => {
  const wrong = SOURCES.filter(({ room }) => room !== 'test').flatMap(({ path, text }) =>
    [...text.matchAll(/\/\*\*\s(?:\s*\*\s)?(?:Of|Behind|Whence) .*/g)].map(([comment]) => `${path}: ${comment}`),
  );

  expect(wrong).toEqual([]);
});

it.each(Object.keys(PACKAGES))('%s holds no clock, chance, timer, process or console', (room) => {
  // Comments may name what the code must not use.
  const wrong = sourcesOf(room)
    .filter(({ text }) => IMPURE.test(withoutComments(text)))
    .map(({ path }) => path);

  expect(wrong).toEqual([]);
});

it('web/core holds no clock, chance, timer, nor anything of a browser', () => {
  const wrong = sourcesOf('web')
    .filter(
      ({ path, text }) =>
        path.startsWith('web/core/') && (IMPURE.test(withoutComments(text)) || BROWSER.test(withoutComments(text))),
    )
    .map(({ path }) => path);

  expect(wrong).toEqual([]);
});

function withoutComments(text: string): string {
  return stripTypeScriptTypes(text)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}
