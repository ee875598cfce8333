import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { awsEnvironment, cleanEnvironment, edgeProxyEnvironment } from './child-environment.ts';
import { startDynamoDb } from './dynamodb/server.ts';

const USERS_OWN = {
  PATH: '/bin',
  HOME: '/home/alice',
  TZ: 'Europe/Berlin',
  AWS_PROFILE: 'production',
  AWS_SESSION_TOKEN: 'token',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.2/',
  AWS_ENDPOINT_URL_SES: 'https://email.eu-west-1.amazonaws.com',
  HTTPS_PROXY: 'http://proxy',
  NODE_OPTIONS: '--inspect',
  POSTERN_DEMO_PASSWORD: 'secret',
};

describe('the environment of a child', () => {
  it('has nothing of the user but what is on the list', () => {
    const environment = cleanEnvironment(USERS_OWN);

    expect(environment).toEqual({ PATH: '/bin', HOME: '/home/alice', TZ: 'Europe/Berlin' });
  });

  it('sends every service without an endpoint of ours to a dead port', () => {
    const environment = awsEnvironment({ dynamodb: 'http://127.0.0.1:8000' });

    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
    expect(environment).not.toHaveProperty('AWS_ENDPOINT_URL_LAMBDA');
  });

  it('is understood by the SDK', async () => {
    const server = await startDynamoDb({});
    onTestFinished(() => server.close());
    onTestFinished(() => void vi.unstubAllEnvs());
    const environment = awsEnvironment({ dynamodb: `http://127.0.0.1:${server.port}` });
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);

    const reached = await new DynamoDBClient().send(new ListTablesCommand({}));
    const deadEnd = new LambdaClient({ maxAttempts: 1 }).send(new InvokeCommand({ FunctionName: 'any' }));

    expect(reached.TableNames).toEqual([]);
    await expect(deadEnd).rejects.toThrow('ECONNREFUSED 127.0.0.1:1');
  });

  it('of an edge proxy is as on Fargate', () => {
    const environment = edgeProxyEnvironment({ server: 'inbound', listen: '0:starttls', certificate: '/c.pem' });

    expect(environment).toMatchObject({
      POSTERN_SERVER: 'inbound',
      POSTERN_LISTEN: '0:starttls',
      POSTERN_CERTIFICATE: 'file:/c.pem',
      POSTERN_POLICY_TABLE: 'postern-policy',
      POSTERN_AUTHENTICATE_FUNCTION: 'postern-authenticate',
      POSTERN_CHECK_RELAY_FUNCTION: 'postern-check-relay',
      POSTERN_CHECK_LIMITS_FUNCTION: 'postern-check-limits',
      POSTERN_RECORD_EVENTS_FUNCTION: 'postern-record-events',
    });
  });
});
