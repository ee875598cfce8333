/** The CDK app: reads what the deployment is told and makes the stacks. `npm run synth`, `npm run deploy`. */
import { join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { CONFIGURATION_FILE, ConfigurationError, findConfiguration } from './configuration/read-configuration.ts';
import { posternStacks } from './postern-stacks.ts';
import { edgeProxyImage } from './server/task/edge-image.ts';

const ROOT = resolve(import.meta.dirname, '..');

function main(): void {
  // Once, here: it would synthesise a second time when the process ends.
  const app = new App({ autoSynth: false });
  const configuration = findConfiguration({
    context: app.node.tryGetContext('postern'),
    file: app.node.tryGetContext('config'),
    defaultFile: join(ROOT, CONFIGURATION_FILE),
  });
  posternStacks(app, { configuration, image: edgeProxyImage() });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

try {
  main();
} catch (error) {
  // The person who wrote the configuration needs no stack trace; no one needs the source line of a bundled library.
  if (error instanceof ConfigurationError) console.error(error.message);
  else console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
}
