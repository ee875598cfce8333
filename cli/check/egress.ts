/** Egress rules of the published servers, as `cdk.json` has them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { CliError } from '../cli-error.ts';

const egressRule = z.looseObject({
  /** A network, a security group or a prefix list. */
  to: z.string(),
  port: z.int(),
});
export type EgressRule = z.output<typeof egressRule>;

const configuration = z.looseObject({
  context: z.looseObject({
    postern: z.looseObject({
      servers: z.array(z.looseObject({ name: z.string(), egress: z.array(egressRule).default([]) })),
    }),
  }),
});

const CDK_JSON = join(import.meta.dirname, '..', '..', 'cdk.json');

export type EgressRules = ReadonlyMap<string, readonly EgressRule[]>;

/**
 * The rules of each server.
 *
 * @param file the one to read; absent, the repository's own, if it is there
 * @throws CliError when the file cannot be read, or holds no servers
 */
export function readEgress(file: string | undefined): EgressRules | undefined {
  if (file === undefined && !existsSync(CDK_JSON)) return undefined;
  const path = file ?? CDK_JSON;
  try {
    const { servers } = configuration.parse(JSON.parse(readFileSync(path, 'utf8'))).context.postern;
    return new Map(servers.map(({ name, egress }) => [name, egress]));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new CliError(`Cannot read the egress rules of ${path}: ${why}`, { cause: error });
  }
}
