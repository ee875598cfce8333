/** cdk-nag, as the app has it, on every way of configuring; and that it speaks at all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SAMPLE, sampleWith } from '../../infra/test-support/context.ts';
import { newApp, stacksOf } from '../../infra/test-support/synthesis.ts';
import { readJson } from './synthesis.ts';

beforeEach(() => {
  // The report is said there too.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What was found in an app, as text; empty when nothing was. */
function findingsIn(fill: (app: App) => void): string {
  const outdir = mkdtempSync(join(tmpdir(), 'postern-nag-'));
  const app = newApp(outdir);
  fill(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch {
    // It throws when there are findings, and they are in the report.
  }
  const { pluginReports } = readJson(join(outdir, 'validation-report.json'));
  rmSync(outdir, { recursive: true });
  return pluginReports.length === 0 ? '' : JSON.stringify(pluginReports);
}

const VPC = {
  id: 'vpc-0123456789abcdef0',
  zoneNames: ['eu-west-1a', 'eu-west-1b'],
  publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  privateSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
  privateRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
};

it.each([
  ['NAT', { ...SAMPLE, network: { outbound: 'nat' } }],
  ['a VPC of yours', { ...SAMPLE, network: { vpc: VPC } }],
  ['a VPC of yours with its own way out', { ...SAMPLE, network: { vpc: VPC, outbound: 'nat' } }],
  ['a known account and region', { ...SAMPLE, account: '111122223333', region: 'eu-west-1' }],
  ['no identity of SES, and nobody to tell', { ...SAMPLE, sesDomains: [], alarmEmail: undefined }],
  ['a server inside', sampleWith({ scheme: 'internal' })],
  [
    'an address of yours, and a key',
    sampleWith({
      allocationIds: ['eipalloc-0123456789abcdef0'],
      certificateKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    }),
  ],
])('nothing is found with %s', (_what, context) => {
  expect(findingsIn((app) => void stacksOf(context, app))).toBe('');
});

it('what is wrong and not acknowledged is found', () => {
  expect(findingsIn((app) => void new sqs.Queue(new Stack(app, 'Careless'), 'Queue'))).toContain('AwsSolutions-SQS4');
});
