import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that start processes, and mostly wait for them: they come first, and units fill the processor as they end. */
const PROCESSES = [
  '{local,edge-proxy}/main.test.ts',
  'test/{e2e,faults,ledger,page,peers}/**/*.test.ts',
  'test/abuse/credential-leak.test.ts',
];
/**
 * Tests with a worker of their own: one puts others in the place of Node's modules, which would meet whatever file shares
 * its worker; the other fills the heap, and what others left there makes each collection dearer.
 */
const ALONE = ['edge-proxy/next-hop/smtp/hop-hosts.test.ts', 'protocol/content/mime/bombs.test.ts'];
/** Tests that load the CDK, whose heap makes collections dear for whatever file shares its worker. */
const STACKS = ['infra/**/*.test.ts', 'test/infra/**/*.test.ts'];
/** Tests that hold processes to bounds of time and memory: one file at a time, when nothing else runs. */
const BOUNDS = ['test/abuse/{abuse,event-flood}.test.ts'];
/**
 * Units that synthesise stacks, ask other programs, look for new inputs, or take seconds each: no part of
 * `npm run test:quick`.
 */
const LONG = [
  'bench/growth/*.test.ts',
  'infra/{held,server,stacks}/**/*.test.ts',
  'test/{certificates,differential,from-fields,fuzz,infra,probe,replay,screening}/**/*.test.ts',
  'edge-proxy/listener/flood.test.ts',
  'edge-proxy/next-hop/ses/transaction.test.ts',
  'edge-proxy/session/client-{flow,timeouts}.test.ts',
  'functions/bundle.test.ts',
  'functions/{authenticate,check-limits}/dynamo-*-counters.test.ts',
  'functions/check-policy/no-event-lost.test.ts',
  'functions/admin/{races,document/policy-plan,history/event-routes,http/openapi}.test.ts',
  'functions/tables/conditional-write.test.ts',
  'local/{lambda/endpoint,seed/seed,start/part-group}.test.ts',
  'protocol/content/mime/mime-reference.test.ts',
  'scripts/**/*.test.ts',
];
/** Files at a time, on two cores: half of them wait. Projects that run side by side must have the same number. */
const SIDE_BY_SIDE = 5;
/** Files that take a minute each: begun last, one of them would run on alone. */
const BEGUN_FIRST =
  /test\/(?:page\/(?:tasks|pages)|faults\/held|e2e\/(?:command-line|held|admin-api)|infra\/variants|probe\/probe)\.test\.ts$/;

/** In each group the projects of the first names begin first; a worker is kept for the next file of its project. */
const ORDER = ['processes', 'alone', 'stacks', 'units', 'bounds'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification): number =>
      2 * ORDER.indexOf(project.name) + (BEGUN_FIRST.test(moduleId) ? 0 : 1);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

const isQuick = process.env.npm_lifecycle_event === 'test:quick';

/** Packages are loaded once for all files of a worker, in place of once for each. */
const SHARES_WORKERS = { isolate: false, maxWorkers: SIDE_BY_SIDE, sequence: { groupOrder: 0 } } as const;

const shared = {
  setupFiles: ['test/support/fixed-seed.ts'],
  testTimeout: 20_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...shared, ...SHARES_WORKERS, name: 'processes', include: PROCESSES } },
      { test: { ...shared, ...SHARES_WORKERS, name: 'alone', include: ALONE, isolate: true } },
      { test: { ...shared, ...SHARES_WORKERS, name: 'stacks', include: STACKS, exclude: isQuick ? LONG : [] } },
      {
        test: {
          ...shared,
          ...SHARES_WORKERS,
          name: 'units',
          include: ['{policy,protocol,edge-proxy,functions,cli,web,local,scripts,bench,test}/**/*.test.ts'],
          exclude: [...PROCESSES, ...ALONE, ...STACKS, ...BOUNDS, ...(isQuick ? LONG : [])],
        },
      },
      { test: { ...shared, name: 'bounds', include: BOUNDS, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
