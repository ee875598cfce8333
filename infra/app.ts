/** The CDK app: reads the context `postern` of cdk.json and makes the stacks. `npm run synth`, `npm run deploy`. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigurationError, readConfiguration } from './configuration/read-configuration.ts';
import { posternStacks } from './postern-stacks.ts';
import { edgeProxyImage } from './server/edge-image.ts';

function main(): void {
  // Once, here: it would synthesise a second time when the process ends.
  const app = new App({ autoSynth: false });
  const configuration = readConfiguration(app.node.tryGetContext('postern'));
  posternStacks(app, { configuration, image: edgeProxyImage() });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

try {
  main();
} catch (error) {
  // The person who wrote cdk.json needs no stack trace; nobody needs the source line of a bundled library.
  if (error instanceof ConfigurationError) console.error(error.message);
  else console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
}
