/**
 * Mutation testing of one pure room: MUTATE_ROOM is `policy` or `protocol`. `npm run mutate` runs both.
 *
 * The tests of a room are chosen in test/mutation/vitest.config.ts; nothing in them opens a socket.
 */
const room = process.env.MUTATE_ROOM ?? 'protocol';

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  // TypeScript 7 has no compiler API, with which Stryker would rewrite the tsconfig of its sandbox.
  tsconfigFile: 'none.json',
  mutate: [`${room}/**/*.ts`, '!**/*.test.ts'],
  ignorePatterns: ['**', '!policy/**', '!protocol/**', '!test/**', '!package.json', '!tsconfig.json'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: false, allowEmojis: false },
  tempDirName: `coverage/mutation-${room}-sandbox`,
  jsonReporter: { fileName: `coverage/mutation-${room}.json` },
  htmlReporter: { fileName: `coverage/mutation-${room}.html` },
  thresholds: { high: 95, low: 85, break: 85 },
};
