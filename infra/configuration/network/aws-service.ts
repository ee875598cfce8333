/** Services of AWS that tasks use, by the last part of their endpoints' names. */
import * as z from 'zod';

/** By routes; they cost nothing. */
export const GATEWAY_SERVICES = ['dynamodb', 's3'] as const;
/**
 * Image from ECR (its layers come from S3), logs, decisions, certificate. `email` is the API of SES; `email-smtp` would
 * be its SMTP side, which Postern does not use. `ssmmessages` is for ECS Exec.
 */
export const INTERFACE_SERVICES = [
  'ecr.api',
  'ecr.dkr',
  'logs',
  'lambda',
  'secretsmanager',
  'email',
  'ssmmessages',
] as const;

export type GatewayService = (typeof GATEWAY_SERVICES)[number];
export type InterfaceService = (typeof INTERFACE_SERVICES)[number];

export const awsServiceSchema = z.enum([...GATEWAY_SERVICES, ...INTERFACE_SERVICES]);

export function isInterface(service: string): boolean {
  return INTERFACE_SERVICES.some((name) => name === service);
}
