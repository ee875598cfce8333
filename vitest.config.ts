import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{policy,protocol,edge-proxy,functions,local,scripts,test}/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    // Two cores: a worker each, so that tests which start processes are not starved.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
