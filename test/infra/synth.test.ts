/** What `cdk synth` makes of cdk.json, judged by others than the CDK, and by the rooms that it must fit. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../edge-proxy/environment.ts';
import { EDGE_PROXY_BUNDLE_OPTIONS, FUNCTION_BUNDLE_OPTIONS } from '../../functions/bundle.ts';
import { metricDocuments } from '../../functions/tables/metrics.ts';
import { transaction } from '../../functions/test-support/events.ts';
import { deploymentNames } from '../../infra/deployment-names.ts';
import { RUNBOOK, RUNBOOK_ARTICLES } from '../../infra/monitoring/runbook-url.ts';
import { CDK_CONTEXT, sampleWith } from '../../infra/test-support/context.ts';
import type { Resource } from '../../infra/test-support/synthesis.ts';
import { bundleAll } from '../../local/start/bundle.ts';
import { DEFAULT_METRIC_NAMESPACE, EVENT_METRICS, METRIC_DIMENSION } from '../../policy/metrics.ts';
import { isHere } from '../support/program.ts';
import { ROOT, readJson, runApp, STACKS, templateOf } from './synthesis.ts';

/** Milliseconds; on a machine that is busy with other tests. */
const SLOW_MS = 180_000;

let outdir: string;
let run: Awaited<ReturnType<typeof runApp>>;
beforeAll(async () => {
  outdir = mkdtempSync(join(tmpdir(), 'postern-synth-'));
  run = await runApp(outdir);
}, SLOW_MS);
afterAll(() => rmSync(outdir, { recursive: true }));

describe('the sample of cdk.json', () => {
  it('makes all stacks, and nothing is said but what is bundled', () => {
    expect({ exitCode: run.exitCode, said: run.output.replace(/^Bundling asset .*\n/gm, '') }).toEqual({
      exitCode: 0,
      said: '',
    });
    for (const stack of STACKS) expect(Object.keys(templateOf(outdir, stack).Resources).length).toBeGreaterThan(0);
  });

  it('has no finding of cdk-nag, of CloudFormation Validate, and no warning', () => {
    expect(readJson(join(outdir, 'validation-report.json')).pluginReports).toEqual([]);
  });

  it.runIf(isHere('cfn-lint', '--version'))(
    'has no error and no warning of cfn-lint',
    () => {
      const templates = STACKS.map((stack) => join(outdir, `${stack}.template.json`));
      // W3005: the CDK writes out dependencies that a reference has already.
      const { status, stdout } = spawnSync('cfn-lint', ['--ignore-checks', 'W3005', '--', ...templates], {
        encoding: 'utf8',
      });

      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    },
    SLOW_MS,
  );

  it('has every function of ours log in JSON', () => {
    const ours = STACKS.flatMap((stack) => Object.values<Resource>(templateOf(outdir, stack).Resources)).filter(
      // Those that the CDK makes for calls of its own are on another architecture.
      ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Architectures?.[0] === 'arm64',
    );

    expect(ours.length).toBeGreaterThan(7);
    for (const { Properties } of ours) expect(Properties.LoggingConfig).toMatchObject({ LogFormat: 'JSON' });
  });

  it('is for any account and region', () => {
    for (const stack of STACKS) {
      expect(JSON.stringify(templateOf(outdir, stack))).not.toMatch(/\b\d{12}\b|eu-west-1|us-east-1/);
    }
  });
});

describe('a mistake in cdk.json', () => {
  it(
    'is told in a line, without a stack trace, and ends the synth',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'postern-synth-'));
      const { exitCode, output } = await runApp(folder, { ...CDK_CONTEXT, postern: sampleWith({ ports: [26] }) });
      rmSync(folder, { recursive: true });

      expect({ exitCode, output }).toEqual({
        exitCode: 1,
        output:
          'cdk.json, context "postern":\n' +
          '  postern.servers.0.ports.0: 26 is not a port that can be published: 25, 587 and 465 are\n',
      });
    },
    SLOW_MS,
  );
});

describe('what is deployed is what the embedded run executes', () => {
  const FUNCTIONS = [
    'admin',
    'authenticate',
    'check-limits',
    'check-policy',
    'check-relay',
    'probe-servers',
    'record-deliveries',
    'record-events',
    'reserve-concurrency',
    'seed-policy',
  ];

  it('of functions, octet by octet', async () => {
    const assets = readdirSync(outdir)
      .filter((name) => name.startsWith('asset.') && existsSync(join(outdir, name, 'index.mjs')))
      .map((name) => readFileSync(join(outdir, name, 'index.mjs'), 'utf8'));
    const specs = FUNCTIONS.map((name) => {
      return { name, entry: join(ROOT, 'functions', name, 'handler.ts'), options: FUNCTION_BUNDLE_OPTIONS };
    });
    const bundles = await bundleAll(specs, join(outdir, 'local'));

    expect(new Set(assets)).toEqual(new Set(bundles.map((path) => readFileSync(path, 'utf8'))));
    expect(assets).toHaveLength(FUNCTIONS.length);
  });

  it('of the edge proxy, and nothing else is in its image', async () => {
    const images = STACKS.flatMap((stack) =>
      Object.values(readJson(join(outdir, `${stack}.assets.json`)).dockerImages),
    );
    const [image] = images as { source: { directory: string; platform: string } }[];
    const directory = join(outdir, image?.source.directory ?? '');
    const [bundle = ''] = await bundleAll(
      [{ name: 'edge-proxy', entry: join(ROOT, 'edge-proxy', 'main.ts'), options: EDGE_PROXY_BUNDLE_OPTIONS }],
      join(outdir, 'local'),
    );

    expect(image?.source.platform).toBe('linux/arm64');
    expect(readdirSync(directory).sort()).toEqual(['.dockerignore', 'Dockerfile', 'dist']);
    expect(readdirSync(join(directory, 'dist'))).toEqual(['edge-proxy.mjs']);
    expect(readFileSync(join(directory, 'dist', 'edge-proxy.mjs'), 'utf8') === readFileSync(bundle, 'utf8')).toBe(true);
  });
});

describe('names that rooms have in common', () => {
  it.each([
    [
      'submission',
      [
        { port: 2587, mode: 'starttls' },
        { port: 2465, mode: 'tls' },
      ],
    ],
    ['inbound', [{ port: 2525, mode: 'starttls' }]],
  ] as const)('the container of %s has an environment that the edge proxy reads', (server, listeners) => {
    const { Resources } = templateOf(outdir, `PosternServer-${server}`);
    const definition = Object.values(Resources).find(
      (resource) => (resource as { Type: string }).Type === 'AWS::ECS::TaskDefinition',
    );
    const [container] = (definition as { Properties: { ContainerDefinitions: Container[] } }).Properties
      .ContainerDefinitions;
    const variables = Object.fromEntries(container?.Environment.map(({ Name, Value }) => [Name, textOf(Value)]) ?? []);

    const environment = readEnvironment(variables);

    expect(environment).toMatchObject({ server, listeners, healthPort: 8025, drainSeconds: 110, acceptSeconds: 40 });
    expect(environment.certificate.kind).toBe('secret');
    expect(new Set(Object.values(environment).map((value) => JSON.stringify(value))).size).toBeGreaterThan(7);
  });

  it('alarms and dashboard use metrics that record-events makes', () => {
    const [document] = metricDocuments([transaction({ server: 'mx1' })], 0);
    const [directive] = document?._aws.CloudWatchMetrics ?? [];

    expect(deploymentNames(undefined).metrics).toBe(DEFAULT_METRIC_NAMESPACE);
    expect(directive?.Dimensions).toEqual([[METRIC_DIMENSION]]);
    expect(directive?.Metrics.map(({ Name }) => Name)).toEqual(Object.keys(EVENT_METRICS));
  });

  it.runIf(existsSync(join(ROOT, RUNBOOK)))('each alarm has its article in the runbook', () => {
    const headings = readFileSync(join(ROOT, RUNBOOK), 'utf8').match(/^#+ .*$/gm) ?? [];
    const anchors = headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );

    expect(anchors).toEqual(expect.arrayContaining(Object.values(RUNBOOK_ARTICLES)));
  });
});

interface Container {
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** A value as it would be deployed, near enough: what is joined is joined, and what is not known yet has a name. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[kind, inner] = ['', undefined]] = Object.entries(value as object);
  if (kind === 'Fn::Join') return inner[1].map(textOf).join('');
  return String(inner).replace(/^.*:/, '');
}
