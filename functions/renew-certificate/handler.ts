/**
 * Lambda `renew-certificate`: each day, and when somebody asks. As a custom resource it has a deployment wait for the
 * first certificate, so that no task starts without one.
 */
import { readFileSync } from 'node:fs';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { makeEventItem } from '../tables/event-item.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { AcmeIssuer } from './acme-issuer.ts';
import { certificateOrderSchema } from './certificate-order.ts';
import { Route53ChallengeRecords } from './challenge-records.ts';
import { ENV_ACME_AUTHORITIES, ENV_ACME_DIRECTORY, ENV_CERTIFICATES, ENV_EVENTS_TABLE } from './env.ts';
import { renewCertificates } from './renew-certificate.ts';
import { AwsSecrets } from './secrets.ts';

const store = new DynamoEventStore(makeDynamoClient(), requireEnv(ENV_EVENTS_TABLE));
const secrets = new AwsSecrets(new SecretsManagerClient());
const authorities = process.env[ENV_ACME_AUTHORITIES];
const issuer = new AcmeIssuer({
  secrets,
  records: new Route53ChallengeRecords(new Route53Client()),
  authorities: authorities === undefined ? undefined : readFileSync(authorities, 'utf8'),
});

const requestSchema = z.object({
  /** Set by the CDK's custom resource provider. */
  RequestType: z.enum(['Create', 'Update', 'Delete']).optional(),
  /** Renews what is not due. */
  force: z.boolean().optional(),
});

export const handler = withDefaults('renew-certificate', async (event) => {
  const { RequestType, force = false } = parseEvent(requestSchema, event);
  if (RequestType === 'Delete') return {};
  const directory = process.env[ENV_ACME_DIRECTORY];
  const orders = z.array(certificateOrderSchema).parse(JSON.parse(requireEnv(ENV_CERTIFICATES)));
  const events = await renewCertificates({
    orders: directory === undefined ? orders : orders.map((order) => ({ ...order, issuer: directory })),
    secrets,
    issuer,
    nowMs: Date.now,
    isForced: force,
  });
  await store.write(events.map(makeEventItem));
  writeMetrics(events, Date.now());
  const missing = events.filter(({ expiresAtIso }) => expiresAtIso === undefined);
  if (RequestType !== undefined && missing.length > 0) {
    throw new Error(
      `There is no certificate: ${missing.map(({ names, detail }) => `${names[0]}: ${detail}`).join('; ')}`,
    );
  }
  return { certificates: events.map(({ names, outcome, detail, daysLeft }) => ({ names, outcome, detail, daysLeft })) };
});
