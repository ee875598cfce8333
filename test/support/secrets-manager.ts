/** AWS Secrets Manager on a free port, as far as values are got, put and created. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.1' };

export class TestSecretsManager {
  /** Calls so far. */
  calls = 0;
  isThrottled = false;
  readonly #secrets = new Map<string, { readonly VersionId: string; readonly SecretString: string }>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<TestSecretsManager> {
    const manager = new TestSecretsManager();
    manager.#server.listen(0, '127.0.0.1');
    await once(manager.#server, 'listening');
    return manager;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(id: string, text: string): void {
    this.#secrets.set(id, { VersionId: crypto.randomUUID(), SecretString: text });
  }

  /** The newest value, as a test may look at it. */
  value(id: string): string | undefined {
    return this.#secrets.get(id)?.SecretString;
  }

  delete(id: string): void {
    this.#secrets.delete(id);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.isThrottled) {
      response
        .writeHead(400, JSON_TYPE)
        .end(JSON.stringify({ __type: 'ThrottlingException', Message: 'Rate exceeded' }));
      return;
    }
    const { SecretId, Name, SecretString } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const action = request.headers['x-amz-target'];
    if (
      action === 'secretsmanager.CreateSecret' ||
      (action === 'secretsmanager.PutSecretValue' && this.#secrets.has(SecretId))
    ) {
      this.put(Name ?? SecretId, SecretString);
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ Name: Name ?? SecretId }));
      return;
    }
    const secret = this.#secrets.get(SecretId);
    if (secret !== undefined && action === 'secretsmanager.GetSecretValue') {
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ Name: SecretId, ...secret }));
      return;
    }
    const problem = {
      __type: 'ResourceNotFoundException',
      Message: "Secrets Manager can't find the specified secret.",
    };
    response.writeHead(400, JSON_TYPE).end(JSON.stringify(problem));
  }
}
