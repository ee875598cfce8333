/** The environment of an edge proxy; `edge-proxy/environment.ts` reads it. */
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Server } from '../../configuration/server/server.ts';
import { ACCEPT_SECONDS, DRAIN_SECONDS } from './leaving.ts';
import { CONTAINER_LISTENERS, HEALTH_PORT } from './published-port.ts';

export interface ProxyFunctions {
  readonly authenticate: lambda.IFunction;
  readonly checkRelay: lambda.IFunction;
  readonly checkLimits: lambda.IFunction;
  readonly recordEvents: lambda.IFunction;
}

export interface ProxyEnvironmentProps {
  readonly server: Server;
  readonly policyTable: dynamodb.ITable;
  readonly policyReadSeconds: number;
  readonly countersTable: dynamodb.ITable;
  readonly functions: ProxyFunctions;
  /** `secret:` with the secret's ARN. */
  readonly certificate: string;
}

export function proxyEnvironment(props: ProxyEnvironmentProps) {
  const { server, policyTable, policyReadSeconds, countersTable, functions, certificate } = props;
  const listeners = server.ports.map((port) => CONTAINER_LISTENERS[port]);
  return {
    POSTERN_SERVER: server.name,
    POSTERN_LISTEN: listeners.map(({ port, mode }) => `${port}:${mode}`).join(','),
    POSTERN_POLICY_TABLE: policyTable.tableName,
    POSTERN_POLICY_READ_SECONDS: String(policyReadSeconds),
    POSTERN_COUNTERS_TABLE: countersTable.tableName,
    POSTERN_AUTHENTICATE_FUNCTION: functions.authenticate.functionName,
    POSTERN_CHECK_RELAY_FUNCTION: functions.checkRelay.functionName,
    POSTERN_CHECK_LIMITS_FUNCTION: functions.checkLimits.functionName,
    POSTERN_RECORD_EVENTS_FUNCTION: functions.recordEvents.functionName,
    POSTERN_CERTIFICATE: certificate,
    POSTERN_HEALTH_PORT: String(HEALTH_PORT),
    POSTERN_DRAIN_SECONDS: String(DRAIN_SECONDS),
    POSTERN_ACCEPT_SECONDS: String(ACCEPT_SECONDS),
    ...(server.sesConfigurationSet === undefined ? {} : { POSTERN_SES_CONFIGURATION_SET: server.sesConfigurationSet }),
  };
}
