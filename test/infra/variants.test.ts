/** Every way of configuring, judged by cdk-nag as the app has it, by the limits of CloudFormation, and by cfn-lint. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newApp, stacksOf } from '../../infra/test-support/synthesis.ts';
import { isHere } from '../support/program.ts';
import { readJson } from './synthesis.ts';
import { HUNDRED_SERVERS, VARIANTS } from './variants.ts';

/** Resources and outputs that CloudFormation takes in a stack. */
const MOST_RESOURCES = 500;
const MOST_OUTPUTS = 200;
const MOST_OCTETS = 1_000_000;
/** Milliseconds; cfn-lint takes some seconds a template on a machine that is busy. */
const SLOW_MS = 600_000;

/**
 * W3005: the CDK writes out dependencies that a reference has already. W3010: zones are named on purpose. W3687: its text
 * says that ports are ignored but for icmp, icmpv6, tcp and udp, its schema forgets icmpv6.
 */
const IGNORED = 'W3005,W3010,W3687';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'postern-variants-'));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  // The report is said there too.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Rules of cdk-nag that an app breaks, and its warnings; templates stay in the folder. */
function findingsIn(folder: string, fill: (app: App) => void): readonly string[] {
  const outdir = join(root, folder);
  const app = newApp(outdir);
  fill(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch {
    // It throws when there are findings, and they are in the report.
  }
  const reports: readonly { violations: readonly { ruleName: string }[] }[] = readJson(
    join(outdir, 'validation-report.json'),
  ).pluginReports;
  return reports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName));
}

function templatesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(root, folder, name));
}

function expectWithinLimits(folder: string): void {
  for (const path of templatesIn(folder)) {
    const text = readFileSync(path, 'utf8');
    const { Resources, Outputs = {} } = JSON.parse(text);
    expect(Object.keys(Resources).length, path).toBeLessThanOrEqual(MOST_RESOURCES);
    expect(Object.keys(Outputs).length, path).toBeLessThanOrEqual(MOST_OUTPUTS);
    expect(text.length, path).toBeLessThan(MOST_OCTETS);
  }
}

const NAMES = Object.keys(VARIANTS);

describe.each(NAMES)('%s', (name) => {
  it(
    'has no finding, and is within the limits of a stack',
    () => {
      const { context, warnings = [] } = VARIANTS[name] ?? { context: {} };

      const found = findingsIn(folderOf(name), (app) => void stacksOf(context, app));

      expect([...new Set(found)]).toEqual(warnings);
      expectWithinLimits(folderOf(name));
    },
    SLOW_MS,
  );
});

it.runIf(isHere('cfn-lint', '--version'))(
  'whatever is in their templates is what cfn-lint takes',
  () => {
    // Each that has a type or a property which none before it had; the rest would take minutes, and say nothing new.
    const seen = new Set<string>();
    const paths = NAMES.flatMap((name) => templatesIn(folderOf(name))).filter((path) => {
      const shape = [...shapeOf(readJson(path).Resources)];
      const isNew = shape.some((property) => !seen.has(property));
      for (const property of shape) seen.add(property);
      return isNew;
    });
    expect(paths.length).toBeGreaterThan(5);

    const { status, stdout } = spawnSync('cfn-lint', ['--ignore-checks', IGNORED, '--', ...paths], {
      encoding: 'utf8',
    });

    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  },
  SLOW_MS,
);

it(
  'a hundred servers are within the limits of each stack, of a dashboard and of the endpoints',
  () => {
    const app = newApp(join(root, 'hundred'));
    stacksOf(HUNDRED_SERVERS, app);
    app.synth();

    expectWithinLimits('hundred');
    expect(templatesIn('hundred')).toHaveLength(103);
    const text = readFileSync(join(root, 'hundred', 'PosternFunctions.template.json'), 'utf8');
    // 2,500 metrics and 500 widgets a dashboard.
    expect(text.split('\\"type\\":\\"metric\\"').length - 1).toBeLessThanOrEqual(500);
    // No server adds a rule to the group of the endpoints: 60 would be all that it has.
    const server = readFileSync(join(root, 'hundred', 'PosternServer-mx99.template.json'), 'utf8');
    expect(server).not.toMatch(/"GroupId":\{"Fn::ImportValue"/);
  },
  SLOW_MS,
);

it('what is wrong and not acknowledged is found', () => {
  expect(findingsIn('careless', (app) => void new sqs.Queue(new Stack(app, 'Careless'), 'Queue'))).toContain(
    'AwsSolutions-SQS4',
  );
});

/** Types of resources, each with the paths of its properties. */
function* shapeOf(resources: Readonly<Record<string, { Type: string; Properties?: object }>>): Generator<string> {
  for (const { Type, Properties = {} } of Object.values(resources)) yield* pathsIn(Properties, Type);
}

function* pathsIn(value: unknown, path: string): Generator<string> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    yield* pathsIn(inner, Array.isArray(value) ? path : `${path}.${key}`);
}

function folderOf(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]+/g, '-');
}
