/** Moto's DynamoDB, where moto is installed: a second opinion on what our calls mean. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Says its endpoint, and ends with its input. */
const SERVER = `
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
`;

export const HAS_MOTO = hasMoto();

function hasMoto(): boolean {
  try {
    execFileSync('python3', ['-c', 'import moto.server'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** All of AWS that moto plays, at one endpoint. */
export class MotoServer {
  readonly endpoint: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child;
    this.endpoint = endpoint;
  }

  static async start(): Promise<MotoServer> {
    const child = spawn('python3', ['-c', SERVER], { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    for await (const text of child.stdout) {
      said += String(text);
      if (said.endsWith('\n')) break;
    }
    if (said === '') throw new Error('Moto ended before it listened');
    return new MotoServer(child, said.trim());
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

export class MotoDynamoDb {
  readonly client: DynamoDBClient;
  readonly #server: MotoServer;

  private constructor(server: MotoServer) {
    this.#server = server;
    this.client = new DynamoDBClient({
      endpoint: server.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  static async start(): Promise<MotoDynamoDb> {
    return new MotoDynamoDb(await MotoServer.start());
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.#server.stop();
  }
}
