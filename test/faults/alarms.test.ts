/**
 * Each function and each table is switched off in turn, and a next hop: which alarm of the server would have been raised, by
 * the metric filters as they are deployed, on the lines that the tasks wrote.
 */
import { DeleteTableCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TASK_SIGNALS, type TaskSignalName } from '../../infra/monitoring/task-signals.ts';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { DEMO_USER, FUNCTIONS, TABLES } from '../../local/names.ts';
import { createTables } from '../../local/seed/tables.ts';
import { Cloud } from '../support/cloud.ts';
import { through } from '../support/cloud-gate.ts';
import { messageWith, newToken, openSecured, openSubmission, sendMail } from '../support/cloud-session.ts';
import { type LambdaAnswer, TestLambda } from '../support/edge-proxy-lambda.ts';
import { lineFilter } from '../support/filter-pattern.ts';
import type { SmtpClient } from '../support/smtp-client.ts';

const NAMES = Object.keys(TASK_SIGNALS) as readonly TaskSignalName[];

let gate: TestLambda;
let cloud: Cloud;
let healthy: LambdaAnswer;
let tables: DynamoDBClient;

beforeAll(async () => {
  gate = await TestLambda.start((invocation, response) => healthy(invocation, response));
  healthy = through(() => cloud.url('lambda'));
  cloud = await Cloud.start({ servers: ['submission'], lambdaUrl: gate.endpoint, settings: { loginDelaySeconds: 0 } });
  tables = embeddedDynamoDb(cloud.url('dynamodb'));
  // Before the first login: only what a user with limits sends is counted.
  await tables.send(
    new UpdateItemCommand({
      TableName: TABLES.users,
      Key: marshall({ user: DEMO_USER }),
      UpdateExpression: 'SET limits = :limits',
      ExpressionAttributeValues: marshall({ ':limits': { messagesPerDay: 1000 } }),
    }),
  );
});

afterEach(() => {
  gate.answer = healthy;
});

afterAll(async () => {
  tables.destroy();
  await cloud.close();
  await gate.stop();
});

/** Alarms by whose filters a line of the task was counted since `skip`. */
function raisedSince(skip: number): ReadonlySet<TaskSignalName> {
  const lines = cloud
    .part('submission')
    .lines.slice(skip)
    .map((text) => JSON.parse(text));
  return new Set(NAMES.filter((name) => lines.some(lineFilter(TASK_SIGNALS[name].pattern))));
}

function without(functionName: string): LambdaAnswer {
  return (invocation, response) => {
    if (invocation.functionName === functionName) response.writeHead(500).end('{"Message":"switched off"}');
    else healthy(invocation, response);
  };
}

/** One login that no task remembers, and one message with a recipient whose domain was not asked for yet. */
async function useAll(client: SmtpClient): Promise<void> {
  const token = newToken();
  const stranger = await openSecured(cloud);
  await stranger.command(`AUTH PLAIN ${Buffer.from(`\0${token}@example.com\0x`).toString('base64')}`);
  stranger.destroy();
  await sendMail(client, { to: `${token}@${token}.test`, content: messageWith(token) });
}

/** While `broken` holds, what the alarms see of a server that is used. */
async function alarmsWhile(broken: () => Promise<void>): Promise<() => ReadonlySet<TaskSignalName>> {
  const client = await openSubmission(cloud);
  const skip = cloud.part('submission').lines.length;
  await broken();
  await useAll(client);
  client.destroy();
  return () => raisedSince(skip);
}

describe('a function that is switched off', () => {
  it.each([
    [FUNCTIONS.authenticate, 'DecisionsDeferred'],
    [FUNCTIONS.checkRelay, 'DecisionsDeferred'],
    [FUNCTIONS.checkLimits, 'DecisionsDeferred'],
    [FUNCTIONS.recordEvents, 'EventsUndelivered'],
  ] as const)('%s raises %s', async (functionName, alarm) => {
    const raised = await alarmsWhile(async () => {
      gate.answer = without(functionName);
    });

    await expect.poll(raised, { timeout: 15_000 }).toContain(alarm);
  });
});

it('a next hop that is down raises NextHopFailures', async () => {
  const skip = cloud.part('submission').lines.length;
  await cloud.part('ses').kill();

  const client = await openSubmission(cloud);
  const token = newToken();
  await sendMail(client, { to: `${token}@down.test`, content: messageWith(token) });
  client.destroy();
  await cloud.part('ses').restart();

  await expect.poll(() => raisedSince(skip), { timeout: 15_000 }).toContain('NextHopFailures');
});

describe('a table that is gone', () => {
  it.each([
    ['counters', ['DecisionsDeferred']],
    ['events', ['EventsUndelivered']],
    // After this one no one's mail is taken any more.
    ['policy', ['DecisionsDeferred', 'PolicyUnreadable']],
  ] as const)('%s raises %j', async (table, alarms) => {
    const raised = await alarmsWhile(async () => {
      await tables.send(new DeleteTableCommand({ TableName: TABLES[table] }));
    });

    for (const alarm of alarms) await expect.poll(raised, { timeout: 15_000 }).toContain(alarm);
    await createTables(tables);
  });

  it('users raises DecisionsDeferred', async () => {
    const skip = cloud.part('submission').lines.length;
    await tables.send(new DeleteTableCommand({ TableName: TABLES.users }));
    const stranger = await openSecured(cloud);

    await stranger.command(`AUTH PLAIN ${Buffer.from('\0nobody@example.com\0x').toString('base64')}`);
    stranger.destroy();

    await expect.poll(() => raisedSince(skip), { timeout: 15_000 }).toContain('DecisionsDeferred');
  });
});
