import { defineConfig } from 'vitest/config';

/** Tests that start processes and hold them to bounds: one file at a time, when nothing else runs. */
const PROCESSES = [
  'local/main.test.ts',
  'edge-proxy/main.test.ts',
  'test/{e2e,faults,ledger,abuse,page,peers}/**/*.test.ts',
];

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
          exclude: PROCESSES,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...shared, name: 'processes', include: PROCESSES, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
