/**
 * Takes the protection from stacks whose first deployment failed, so that the CDK can delete them and begin anew. A stack
 * that ever stood keeps its own.
 *
 * Usage: node infra/account/unlock-failed.ts   (npm run deploy does it)
 */
import * as z from 'zod';
import { aws } from './aws-cli.ts';

const stacksSchema = z.object({
  Stacks: z.array(
    z.object({ StackName: z.string(), StackStatus: z.string(), EnableTerminationProtection: z.boolean().optional() }),
  ),
});
/** States of a stack that was never made whole. */
const NEVER_STOOD = ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'];
/** Those of a deployment, with a name of its own or without. */
const OURS = /^(?:[a-z][a-z0-9-]*-)?Postern(?:Policy|Functions|Network|Server-.*)$/;

async function main(): Promise<void> {
  const { Stacks } = stacksSchema.parse(await aws('cloudformation', 'describe-stacks'));
  const failed = Stacks.filter(
    (stack) =>
      OURS.test(stack.StackName) &&
      NEVER_STOOD.includes(stack.StackStatus) &&
      stack.EnableTerminationProtection !== false,
  );
  for (const { StackName } of failed) {
    const args = ['--no-enable-termination-protection', '--stack-name', StackName];
    await aws('cloudformation', 'update-termination-protection', ...args);
    console.log(`${StackName} failed at its first deployment: its protection is taken from it, and it is made anew`);
  }
}

try {
  await main();
} catch (error) {
  // The deployment itself says better what is wrong with credentials or rights.
  console.error(`postern: could not look for stacks that failed: ${error instanceof Error ? error.message : error}`);
}
