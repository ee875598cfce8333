/**
 * What an edge proxy has around it on AWS, as in the embedded run: DynamoDB, the functions behind the Lambda endpoint,
 * SES. All of it runs on the cores that are not the subject's.
 */
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { awsEnvironment, cleanEnvironment, edgeProxyEnvironment } from '../../local/child-environment.ts';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { FUNCTIONS, HELD_BUCKET, HOST, TABLES } from '../../local/names.ts';
import { createTables } from '../../local/seed/tables.ts';
import { portOf } from '../../local/start/part.ts';
import { SERVER } from '../identity.ts';
import { Program } from '../machine/program.ts';
import { type Bundles, CACHE } from './bundles.ts';
import { FunctionRelay } from './function-relay.ts';
import { type PolicyOptions, writePolicy } from './policy-items.ts';

const LOCAL = join(import.meta.dirname, '..', '..', 'local');

/** `POSTERN_POLICY_TABLE` and the like: every function hears of every table and reads what it needs. */
const TABLE_VARIABLES = Object.fromEntries(
  Object.entries(TABLES).map(([name, table]) => [`POSTERN_${name.toUpperCase()}_TABLE`, table]),
);

export interface CloudOptions {
  /** A folder for what it keeps. */
  readonly home: string;
  readonly bundles: Bundles;
  readonly policy: PolicyOptions;
  /** A database to begin with; an empty one without it. */
  readonly database: string | undefined;
}

export class BenchCloud {
  /** Where the SES endpoint keeps mail. */
  readonly sesMail: string;
  readonly #options: CloudOptions;
  readonly #programs: Program[] = [];
  #relay: FunctionRelay | undefined;
  #environment: Readonly<Record<string, string>> = {};

  private constructor(options: CloudOptions) {
    this.#options = options;
    this.sesMail = join(options.home, 'ses');
  }

  static async start(options: CloudOptions): Promise<BenchCloud> {
    const cloud = new BenchCloud(options);
    try {
      await cloud.#start();
      return cloud;
    } catch (error) {
      await cloud.close();
      throw error;
    }
  }

  /** Variables of the edge proxy, those that it has on Fargate. */
  edgeProxyEnvironment(certificate: string): Readonly<Record<string, string>> {
    return {
      ...this.#environment,
      ...edgeProxyEnvironment({ server: SERVER, listen: '0:starttls', certificate }),
    };
  }

  /** Invocations of each function since the start. */
  get invocations(): ReadonlyMap<string, number> {
    return new Map(this.#relay?.invocations);
  }

  /** Events that were delivered since the start. */
  get events(): number {
    return this.#relay?.events ?? 0;
  }

  /** Messages that were held since the start: their content in the bucket. */
  heldMessages(): number {
    const bucket = join(this.#options.home, 'held', HELD_BUCKET);
    if (!existsSync(bucket)) return 0;
    return readdirSync(bucket, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  }

  get pids(): readonly number[] {
    return this.#programs.map(({ pid }) => pid);
  }

  /** @throws BenchError when a part has ended by itself */
  check(): void {
    for (const program of this.#programs) program.check();
  }

  async close(): Promise<void> {
    this.#relay?.close();
    await Promise.all(this.#programs.map((program) => program.stop()));
  }

  async #start(): Promise<void> {
    const { home, database } = this.#options;
    const store = join(home, 'dynamodb');
    if (database === undefined) mkdirSync(store, { recursive: true });
    else cpSync(database, store, { recursive: true });
    const [dynamodb, ses, s3] = await Promise.all([
      this.#startPart('dynamodb', ['--directory', store]),
      this.#startPart('ses', ['--directory', this.sesMail]),
      this.#startPart('s3', ['--directory', join(home, 'held')]),
    ]);
    const [lambda] = await Promise.all([this.#startLambda(dynamodb), this.#writePolicy(dynamodb)]);
    this.#relay = await FunctionRelay.start({
      targetPort: lambda,
      recordEventsFunction: FUNCTIONS.recordEvents,
    });
    const endpoints = { dynamodb: url(dynamodb), lambda: url(this.#relay.port), ses: url(ses), s3: url(s3) };
    this.#environment = { ...cleanEnvironment(process.env), ...awsEnvironment(endpoints) };
  }

  async #writePolicy(port: number): Promise<void> {
    const client = embeddedDynamoDb(url(port));
    try {
      await createTables(client);
      await writePolicy(client, this.#options.policy);
    } finally {
      client.destroy();
    }
  }

  #startLambda(dynamodb: number): Promise<number> {
    const { home, bundles } = this.#options;
    const specs = bundles.functions.map((spec) => ({
      ...spec,
      environment: {
        ...cleanEnvironment(process.env),
        ...awsEnvironment({ dynamodb: url(dynamodb) }),
        AWS_LAMBDA_FUNCTION_NAME: spec.name,
        ...TABLE_VARIABLES,
      },
    }));
    return this.#startPart('lambda', ['--functions', JSON.stringify(specs), '--log', join(home, 'functions.log')]);
  }

  /** Its port. */
  async #startPart(name: string, flags: readonly string[]): Promise<number> {
    const program = new Program({
      name,
      command: [join(LOCAL, name, 'main.ts'), '--port', '0', ...flags],
      environment: { ...cleanEnvironment(process.env), NODE_COMPILE_CACHE: join(CACHE, 'compile-cache') },
      isOurs: true,
    });
    this.#programs.push(program);
    return portOf(await program.listening);
  }
}

function url(port: number): string {
  return `http://${HOST}:${port}`;
}
