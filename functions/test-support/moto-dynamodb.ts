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

export class MotoDynamoDb {
  readonly client: DynamoDBClient;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child;
    this.client = new DynamoDBClient({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  static async start(): Promise<MotoDynamoDb> {
    const child = spawn('python3', ['-c', SERVER], { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    for await (const text of child.stdout) {
      said += String(text);
      if (said.endsWith('\n')) break;
    }
    if (said === '') throw new Error('Moto ended before it listened');
    return new MotoDynamoDb(child, said.trim());
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
