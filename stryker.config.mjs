/**
 * Mutation testing of one pure room: MUTATE_ROOM is `policy`, `protocol` or `mime`, which is a part of the latter and has
 * tests of its own. `npm run mutate` runs all. MUTATE_STATIC=yes
 * takes in what runs when a module is loaded, tables and expressions: a third of the mutants, each of which takes a process
 * of its own and some 8 s, an hour and more for `policy` alone.
 *
 * The tests of a room are chosen in test/mutation/vitest.config.ts; nothing in them opens a socket.
 */
const room = process.env.MUTATE_ROOM ?? 'protocol';
const mutated = {
  policy: ['policy/**/*.ts'],
  protocol: ['protocol/**/*.ts', '!protocol/content/mime/**'],
  mime: ['protocol/content/mime/**/*.ts'],
}[room];

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  // TypeScript 7 has no compiler API, with which Stryker would rewrite the tsconfig of its sandbox.
  tsconfigFile: 'none.json',
  mutate: [...mutated, '!**/*.test.ts'],
  ignorePatterns: [
    '**',
    '!policy/**',
    '!protocol/**',
    '!test/**',
    'test/mutation/node_modules',
    '!package.json',
    '!tsconfig.json',
  ],
  disableTypeChecks: false,
  coverageAnalysis: 'perTest',
  ignoreStatic: process.env.MUTATE_STATIC === undefined,
  concurrency: 2,
  // The first run, which they are measured by, counts each mutant that a test reaches, and takes several times as long.
  timeoutMS: 3000,
  timeoutFactor: 0.5,
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: false, allowEmojis: false },
  tempDirName: `coverage/mutation-${room}-sandbox`,
  jsonReporter: { fileName: `coverage/mutation-${room}.json` },
  htmlReporter: { fileName: `coverage/mutation-${room}.html` },
  thresholds: { high: 95, low: 85, break: 85 },
};
