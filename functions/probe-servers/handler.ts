/** Lambda `probe-servers`: knocks at every published server each hour, as a stranger and as a user. */
import { readFileSync } from 'node:fs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { withDefaults } from '../middleware.ts';
import { parseEvent } from '../parse-event.ts';
import { probe } from '../probe/probe.ts';
import { requireEnv } from '../require-env.ts';
import { makeDynamoClient } from '../tables/client.ts';
import { DynamoEventStore } from '../tables/dynamo-event-store.ts';
import { makeEventItem } from '../tables/event-item.ts';
import { writeMetrics } from '../tables/metrics.ts';
import { ENV_EVENTS_TABLE, ENV_PROBE_AUTHORITIES, ENV_PROBE_TARGETS, ENV_PROBE_USERS } from './env.ts';
import {
  certificateProblem,
  certificateRequestSchema,
  type ProbeTarget,
  type ProbeUsers,
  probeRequestSchema,
  probeServers,
  probeTargetSchema,
  probeUsersSchema,
} from './probe-servers.ts';

const store = new DynamoEventStore(makeDynamoClient(), requireEnv(ENV_EVENTS_TABLE));

export const handler = withDefaults('probe-servers', async (event) => {
  const asked = certificateRequestSchema.safeParse(event);
  if (asked.success) return verifyCertificates(asked.data);
  const { server, targets = readTargets() } = parseEvent(probeRequestSchema, event);
  const chosen = targets.filter((target) => server === undefined || target.server === server);
  const ca = readAuthorities();
  const events = await probeServers({ targets: chosen, users: await readUsers(), probe, nowMs: Date.now, ca });
  await store.write(events.map(makeEventItem));
  writeMetrics(events, Date.now());
  return { probed: events.length, faults: events.filter(({ verdict }) => verdict === 'faults').length };
});

/** Fails the deployment that needs certificates which verify. */
async function verifyCertificates({
  RequestType,
  ResourceProperties,
}: z.output<typeof certificateRequestSchema>): Promise<{ readonly PhysicalResourceId: string }> {
  const answer = { PhysicalResourceId: 'verified-certificates' };
  if (RequestType === 'Delete') return answer;
  const { Targets: targets } = ResourceProperties;
  const problem = certificateProblem(
    await probeServers({ targets, users: {}, probe, nowMs: Date.now, ca: readAuthorities() }),
  );
  if (problem !== undefined) throw new Error(`Senders that enforce MTA-STS would deliver nothing: ${problem}`);
  return answer;
}

function readAuthorities(): string | undefined {
  const path = process.env[ENV_PROBE_AUTHORITIES];
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

/** The doors, from the variable or from the file that it names. */
function readTargets(): readonly ProbeTarget[] {
  const text = requireEnv(ENV_PROBE_TARGETS);
  const json = text.startsWith('file:') ? readFileSync(text.slice('file:'.length), 'utf8') : text;
  return z.array(probeTargetSchema).parse(JSON.parse(json));
}

/** Read at each run, so that a new password counts at once. */
async function readUsers(): Promise<ProbeUsers> {
  const SecretId = process.env[ENV_PROBE_USERS];
  if (SecretId === undefined || SecretId === '') return {};
  const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }));
  return probeUsersSchema.parse(JSON.parse(SecretString ?? '{}'));
}
