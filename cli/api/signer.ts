/** Signs requests to the deployed API: AWS Signature Version 4, by the SDK's own signer and credential chain. */
import type { SignatureV4 } from '@smithy/signature-v4';
import { CliError } from '../cli-error.ts';

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export type Sign = (request: UnsignedRequest) => Promise<Readonly<Record<string, string>>>;

/** The name under which API Gateway is called. */
const SERVICE = 'execute-api';
const API_HOST = /\.execute-api\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** The region in the API's host name; for a name of one's own, the environment's. */
export function regionOf({ hostname }: URL, environment: Environment): string {
  const region = API_HOST.exec(hostname)?.[1] ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION);
  if (region !== undefined && region !== '') return region;
  throw new CliError(`${hostname} does not say which region it is in: set AWS_REGION`);
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * @param credentials where they come from; the chain of the AWS SDK where nothing is said: variables, SSO, profiles,
 * web identity, containers, instances
 * @param now the moment of the signature; the clock's where nothing is said
 */
export function makeSigner(region: string, credentials?: () => Promise<Credentials>, now?: () => Date): Sign {
  let signer: Promise<SignatureV4> | undefined;
  return async ({ method, url, headers, body }) => {
    // Loaded here, so that help, mistakes and the embedded run do not wait for it.
    const { HttpRequest } = await import('@smithy/core/protocols');
    signer ??= newSigner(region, credentials);
    const request = new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...headers, host: url.host },
      ...(body === undefined ? {} : { body }),
    });
    try {
      const signed = await (await signer).sign(request, now === undefined ? {} : { signingDate: now() });
      // `fetch` says the host itself, the same.
      const { host: _host, ...signedHeaders } = signed.headers;
      return signedHeaders;
    } catch (error) {
      throw new CliError(`Cannot sign the request: ${(error as Error).message}`, { cause: error });
    }
  };
}

async function newSigner(region: string, credentials?: () => Promise<Credentials>): Promise<SignatureV4> {
  const [{ SignatureV4 }, { Sha256Node }, provider] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
    credentials ?? import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) => defaultProvider()),
  ]);
  return new SignatureV4({ service: SERVICE, region, credentials: provider, sha256: Sha256Node });
}

function queryOf({ searchParams }: URL): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values] as const;
    }),
  );
}
