import { defineConfig } from 'vitest/config';

/** Tests that start processes, and mostly wait for them: two files at a time. */
const PROCESSES = ['local/main.test.ts', 'edge-proxy/main.test.ts', 'test/{e2e,faults,page,peers}/**/*.test.ts'];
/** Tests that hold processes to bounds of time and memory: one file at a time, when nothing else runs. */
const BOUNDS = ['test/{abuse,ledger}/**/*.test.ts'];

const shared = {
  setupFiles: ['test/support/fixed-seed.ts'],
  testTimeout: 20_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'units',
          include: ['{policy,protocol,edge-proxy,functions,cli,web,infra,local,scripts,bench,test}/**/*.test.ts'],
          exclude: [...PROCESSES, ...BOUNDS],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...shared, name: 'processes', include: PROCESSES, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        test: { ...shared, name: 'bounds', include: BOUNDS, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
