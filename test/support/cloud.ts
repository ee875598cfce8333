/**
 * The whole service for tests that break it: every part a real process on a port of its own, chosen once and kept, so
 * that a part that was killed comes back at its address. (The embedded run ends when a part dies, on purpose.)
 *
 * Whatever becomes of the test, no process outlives it: `cloud-reaper.mjs`.
 */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsEnvironment, cleanEnvironment, edgeProxyEnvironment } from '../../local/child-environment.ts';
import { embeddedDynamoDb } from '../../local/dynamodb/client.ts';
import { HOST, type PublishedServer } from '../../local/names.ts';
import { seed } from '../../local/seed/seed.ts';
import { ensureCertificate } from '../../local/start/certificate.ts';
import type { Listening } from '../../local/start/part.ts';
import type { PolicyAttributes } from '../../policy/item.ts';
import { type CloudBundles, cloudBundles, SHARED_BUNDLES } from './cloud-bundles.ts';
import { CloudPart } from './cloud-part.ts';
import { changeItem, changeSettings, removeScreens } from './cloud-policy.ts';
import { CloudReaper } from './cloud-reaper.ts';

const LOCAL = join(import.meta.dirname, '..', '..', 'local');

export const CLOUD_USER = 'alice@example.com';
export const CLOUD_PASSWORD = 'correct horse battery staple';
/** `inbound2` is a second task of `inbound`; it and `s3` are there where mail is screened. */
export const PART_NAMES = ['dynamodb', 'lambda', 'ses', 'mta', 's3', 'submission', 'inbound', 'inbound2'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Seconds. Short, so that a next hop that hangs costs a test little; long enough for a busy machine. */
const SHORT_TIMEOUTS: PolicyAttributes = {
  nextHopConnectTimeoutSeconds: 3,
  nextHopTimeoutSeconds: 3,
  nextHopFinalTimeoutSeconds: 3,
};

export interface CloudItem {
  readonly server: PublishedServer;
  readonly item: string;
  readonly attributes: PolicyAttributes;
}

export interface CloudOptions {
  /** Published servers that are started. @default both */
  readonly servers?: readonly PublishedServer[];
  /** On top of the seed's settings and short timeouts, for every server. */
  readonly settings?: PolicyAttributes;
  /** Attributes of single items, on top of all others. */
  readonly items?: readonly CloudItem[];
  /** What the edge proxies call in place of the part `lambda`. */
  readonly lambdaUrl?: string;
  /** Flags of Node for the edge proxies. */
  readonly nodeFlags?: readonly string[];
  /** More variables of the edge proxies. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where bundles are kept. @default SHARED_BUNDLES */
  readonly bundles?: string;
  /** The seed's screening rules stay, and `s3` and `inbound2` are started: mail can be held, and two tasks release it. */
  readonly isScreened?: boolean;
}

/** Parts that go wrong as they are told. */
export type FaultyPart = 'ses' | 's3' | 'dynamodb';

export class Cloud {
  readonly home = mkdtempSync(join(tmpdir(), 'postern-cloud-'));
  readonly #options: CloudOptions;
  readonly #reaper = new CloudReaper(this.home);
  readonly #parts = new Map<PartName, CloudPart>();

  private constructor(options: CloudOptions) {
    this.#options = options;
  }

  static async start(options: CloudOptions = {}): Promise<Cloud> {
    const cloud = new Cloud(options);
    try {
      await cloud.#start();
    } catch (error) {
      await cloud.close();
      throw error;
    }
    return cloud;
  }

  get certificatePath(): string {
    return join(this.home, 'certificate.pem');
  }

  /** Parts that were started, in the order in which they need each other. */
  get parts(): readonly CloudPart[] {
    return [...this.#parts.values()];
  }

  part(name: PartName): CloudPart {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`${name} is not in this cloud`);
    return part;
  }

  url(name: PartName): string {
    return `http://${HOST}:${this.part(name).port()}`;
  }

  async health(server: PublishedServer): Promise<Record<string, unknown>> {
    const { health = 0 } = this.part(server).listening;
    const answer = await fetch(`http://${HOST}:${health}/health`);
    return { ...((await answer.json()) as object), httpStatus: answer.status };
  }

  /** Makes the sends to SES that follow go wrong: `local/fault-plan.ts`. */
  async failSes(fault: Readonly<Record<string, unknown>>): Promise<void> {
    await this.fail('ses', fault);
  }

  async healSes(): Promise<void> {
    await this.heal('ses');
  }

  async fail(part: FaultyPart, fault: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await fetch(`${this.url(part)}/-/fault`, { method: 'PUT', body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  async heal(part: FaultyPart): Promise<void> {
    await fetch(`${this.url(part)}/-/fault`, { method: 'DELETE' });
  }

  async close(): Promise<void> {
    await this.#reaper.reap();
    await Promise.all(this.parts.map((part) => part.exited()));
  }

  async #start(): Promise<void> {
    const { bundles: directory = SHARED_BUNDLES, servers = ['submission', 'inbound'], isScreened } = this.#options;
    mkdirSync(join(this.home, 'dynamodb'));
    await ensureCertificate(this.certificatePath);
    const storing = this.#startEndpoint('dynamodb', ['--directory', join(this.home, 'dynamodb')]);
    const ses = this.#startEndpoint('ses', ['--directory', join(this.home, 'mail', 'ses')]);
    const mail = ['--directory', join(this.home, 'mail', 'mta'), '--certificate', this.certificatePath];
    const mta = this.#startEndpoint('mta', mail);
    const s3 = isScreened ? this.#startEndpoint('s3', ['--directory', join(this.home, 'held')]) : undefined;
    const [bundles] = await Promise.all([cloudBundles(directory), storing, ses, mta, s3]);
    await Promise.all([this.#startLambda(bundles), this.#seed(servers)]);
    const second = isScreened ? [this.#startProxy('inbound', bundles, 'inbound2')] : [];
    await Promise.all([...servers.map((server) => this.#startProxy(server, bundles)), ...second]);
  }

  async #startEndpoint(name: PartName, flags: readonly string[]): Promise<void> {
    const command = (kept: Listening | undefined): readonly string[] => [
      join(LOCAL, name, 'main.ts'),
      '--port',
      String(kept?.port ?? 0),
      ...flags,
    ];
    await this.#startPart(name, (kept) => ({ command: command(kept), environment: cleanEnvironment(process.env) }));
  }

  async #startLambda({ functions }: CloudBundles): Promise<void> {
    const specs = functions.map(({ name, bundle, timeoutMs, environment: own }) => {
      const s3 = this.#parts.has('s3') ? { s3: this.url('s3') } : {};
      const aws = awsEnvironment({ dynamodb: this.url('dynamodb'), ...s3 });
      const environment = { ...cleanEnvironment(process.env), ...aws, AWS_LAMBDA_FUNCTION_NAME: name, ...own };
      return { name, bundle, timeoutMs, environment };
    });
    const log = join(this.home, 'functions.log');
    await this.#startEndpoint('lambda', ['--functions', JSON.stringify(specs), '--log', log]);
  }

  async #seed(servers: readonly PublishedServer[]): Promise<void> {
    const endpoint = this.url('dynamodb');
    const mta = { url: `smtp://${HOST}:${this.part('mta').port()}`, isWanted: false };
    await seed({ endpoint, home: this.home, password: CLOUD_PASSWORD, mta });
    const client = embeddedDynamoDb(endpoint);
    // Content streams here, as on every server without screening rules; tests of screening have clouds of their own.
    if (this.#options.isScreened !== true) await removeScreens(client);
    const settings = { ...SHORT_TIMEOUTS, ...this.#options.settings };
    await Promise.all(servers.map((server) => changeSettings(client, server, settings)));
    for (const { attributes, ...key } of this.#options.items ?? []) await changeItem(client, key, attributes);
    client.destroy();
  }

  async #startProxy(server: PublishedServer, bundles: CloudBundles, name: PartName = server): Promise<void> {
    const { lambdaUrl = this.url('lambda'), nodeFlags = [], variables } = this.#options;
    const s3 = this.#parts.has('s3') ? { s3: this.url('s3') } : {};
    const endpoints = { dynamodb: this.url('dynamodb'), lambda: lambdaUrl, ses: this.url('ses'), ...s3 };
    const environment = (kept: Listening | undefined): Readonly<Record<string, string>> => ({
      ...cleanEnvironment(process.env),
      ...awsEnvironment(endpoints),
      ...edgeProxyEnvironment({ server, listen: listenOf(kept), certificate: this.certificatePath }),
      POSTERN_HEALTH_PORT: String(kept?.health ?? 0),
      ...variables,
    });
    const command = [...nodeFlags, bundles.edgeProxy];
    await this.#startPart(name, (kept) => ({ command, environment: environment(kept) }));
  }

  async #startPart(
    name: PartName,
    launch: (kept: Listening | undefined) => {
      readonly command: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
    },
  ): Promise<void> {
    const compileCache = join(this.#options.bundles ?? SHARED_BUNDLES, 'compile-cache');
    const spec = {
      name,
      launch: (kept: Listening | undefined) => {
        const { command, environment } = launch(kept);
        return { command, environment: { ...environment, NODE_COMPILE_CACHE: compileCache } };
      },
    };
    const part = new CloudPart(spec, this.#reaper);
    this.#parts.set(name, part);
    await part.start();
  }
}

function listenOf(kept: Listening | undefined): string {
  if (kept?.listeners === undefined) return '0:starttls,0:tls';
  return kept.listeners.map(({ port, mode }) => `${port}:${mode}`).join(',');
}
