/**
 * Custom resource `reserve-concurrency`: what each function keeps of the account's executions, as far as the account has
 * them. By a call and not by a property of the function: a template that asks for more than there is fails, and a new
 * account has 10. Each day once more, since quotas are raised.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { ENV_FUNCTIONS } from './env.ts';
import { LambdaConcurrency } from './lambda-concurrency.ts';
import { releaseConcurrency, reserveConcurrency } from './reserve-concurrency.ts';
import { RESERVING_FUNCTIONS } from './shares.ts';

const concurrency = new LambdaConcurrency(new LambdaClient());
const functions = z.partialRecord(z.enum(RESERVING_FUNCTIONS), z.string()).parse(JSON.parse(requireEnv(ENV_FUNCTIONS)));

/** An event of the CDK's custom resource provider, or of the schedule. */
const requestSchema = z.object({ RequestType: z.enum(['Create', 'Update', 'Delete']).optional() });

/** The same for ever: CloudFormation deletes a resource whose id changes. */
const PHYSICAL_ID = 'reserved-concurrency';

export const handler = withDefaults('reserve-concurrency', async (event) => {
  const { RequestType } = parseEvent(requestSchema, event);
  if (RequestType === 'Delete') {
    await releaseConcurrency(functions, concurrency);
    return { PhysicalResourceId: PHYSICAL_ID };
  }
  const Reserved = await reserveConcurrency(functions, concurrency);
  return { PhysicalResourceId: PHYSICAL_ID, Data: { Reserved } };
});
