/** Secrets that the renewal reads and writes, in AWS Secrets Manager. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface Secrets {
  /** The newest value; `undefined` where there is none. */
  read(id: string): Promise<string | undefined>;
  /** Writes a new version, which becomes the one that is read. */
  write(id: string, value: string): Promise<void>;
}

export class AwsSecrets implements Secrets {
  readonly #client: SecretsManagerClient;

  constructor(client: SecretsManagerClient) {
    this.#client = client;
  }

  async read(id: string): Promise<string | undefined> {
    try {
      const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: id }));
      return SecretString === '' ? undefined : SecretString;
    } catch (error) {
      // Either no secret, or one that was made without a value.
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async write(id: string, value: string): Promise<void> {
    try {
      await this.#client.send(new PutSecretValueCommand({ SecretId: id, SecretString: value }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException) || id.startsWith('arn:')) throw error;
      await this.#client.send(new CreateSecretCommand({ Name: id, SecretString: value }));
    }
  }
}
