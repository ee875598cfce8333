/** The tests that prove one pure room, for Stryker: unit tests, and for `protocol` dialogues and properties too. */
import { defineConfig } from 'vitest/config';

const TESTS: Readonly<Record<string, readonly string[]>> = {
  policy: ['policy/**/*.test.ts'],
  protocol: [
    'protocol/*.test.ts',
    'protocol/!(content)/**/*.test.ts',
    'protocol/content/*.test.ts',
    'test/mutation/dialogues-on-machine.ts',
  ],
  mime: ['protocol/content/mime/**/*.test.ts', 'test/differential/mime/evasive-facts.test.ts'],
};

export default defineConfig({
  test: {
    include: [...(TESTS[process.env.MUTATE_ROOM ?? 'protocol'] ?? [])],
    // Megabytes, to show how time grows: nothing of what a mutant changes would be seen in them alone.
    exclude: ['protocol/content/mime/bombs.test.ts'],
    // The pure rooms keep nothing between tests, and a worker a file would cost more than the tests.
    isolate: false,
    // With all mutants in it, the code takes several times as long.
    testTimeout: 60_000,
  },
});
