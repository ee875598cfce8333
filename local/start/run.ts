/** Starts the parts of the embedded run in the order that they need each other, side by side where they do not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { debuglog } from 'node:util';
import { EDGE_PROXY_BUNDLE_OPTIONS, FUNCTION_BUNDLE_OPTIONS } from '../../functions/bundle.ts';
import { newToken, pageAddress } from '../../web/serve/page.ts';
import {
  awsEnvironment,
  cleanEnvironment,
  EDGE_PROXY_FLAGS,
  type Endpoints,
  edgeProxyEnvironment,
} from '../child-environment.ts';
import type { Configuration } from '../configuration.ts';
import { ALL_FUNCTIONS, SCREENING_FUNCTIONS } from '../functions.ts';
import type { FunctionSpec } from '../lambda/function-spec.ts';
import { FUNCTIONS, HOST, HOSTNAMES, type PublishedServer } from '../names.ts';
import { demoPasswordPath, keptDemoPassword } from '../seed/demo-password.ts';
import { type BundleSpec, bundleAll } from './bundle.ts';
import { ensureCertificate } from './certificate.ts';
import { type Listening, type Part, type PartSpec, portOf } from './part.ts';
import type { PartGroup } from './part-group.ts';
import type { PublishedAddress, RunFile } from './run-file.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
/** `NODE_DEBUG=postern npm start` shows when each step was done. */
const debug = debuglog('postern');

/** File in the run's folder that names the doors of its servers, for `probe-servers` and the page. */
const PROBE_TARGETS = 'probe-targets.json';

export interface StartedRun {
  readonly run: RunFile;
  readonly password: string;
  readonly passwordSource: string;
}

export interface RunOutput {
  /** A line for standard output: a transaction of an edge proxy. */
  readonly line: (line: string) => void;
  /** A line for standard error. */
  readonly errorLine: (line: string) => void;
}

/** What `renew-certificate` may be told by who starts the run. */
const ACME_VARIABLES = ['POSTERN_ACME_DIRECTORY', 'POSTERN_ACME_AUTHORITIES', 'POSTERN_CERTIFICATES'] as const;

function acmeEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(ACME_VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Has SES tell `record-deliveries` what becomes of mail. */
async function tellDeliveries(ses: string, lambda: string): Promise<void> {
  const body = JSON.stringify({ lambda, function: FUNCTIONS.recordDeliveries });
  const answer = await fetch(`${ses}/-/event-destination`, { method: 'PUT', body });
  if (!answer.ok) throw new Error(`SES takes no destination of events: ${await answer.text()}`);
}

/** Everything that the steps of one start share. */
class Start {
  readonly #configuration: Configuration;
  readonly #group: PartGroup;
  readonly #output: RunOutput;
  // The SDK loads while the parts do.
  readonly #seedModule = import('../seed/seed.ts');

  constructor(configuration: Configuration, group: PartGroup, output: RunOutput) {
    this.#configuration = configuration;
    this.#group = group;
    this.#output = output;
  }

  async run(): Promise<StartedRun> {
    const { home, demoPassword } = this.#configuration;
    const password = demoPassword ?? keptDemoPassword(home);
    const passwordSource = demoPassword === undefined ? demoPasswordPath(home) : 'POSTERN_DEMO_PASSWORD';
    const bundles = this.#bundle();
    const dynamodb = this.#startDynamoDb();
    const certified = this.#certify();
    const mta = certified.then(() => this.#startMta());
    const ses = this.#startSes();
    const s3 = this.#startS3();
    const lambda = Promise.all([bundles, dynamodb, s3, ses]).then(([paths, tables, objects, mail]) =>
      this.#startLambda(paths.functions, { dynamodb: tables.url, s3: objects.url, ses: mail.url }),
    );
    const told = Promise.all([ses, lambda]).then(([mail, functions]) => tellDeliveries(mail.url, functions.url));
    const seeded = Promise.all([dynamodb, mta]).then(([{ url }, { url: mtaUrl }]) => this.#seed(url, mtaUrl, password));
    const admin = lambda.then(({ url }) => this.#startAdmin(url));
    const started = await Promise.all([bundles, dynamodb, lambda, ses, s3, mta, admin, seeded, told]);
    const [{ proxy }, dynamodbAddress, lambdaAddress, sesAddress, s3Address, mtaAddress, adminAddress] = started;
    const endpoints = {
      dynamodb: dynamodbAddress.url,
      lambda: lambdaAddress.url,
      ses: sesAddress.url,
      s3: s3Address.url,
    };
    const [submission, inbound, policyStream] = await Promise.all([
      this.#startProxy('submission', proxy, endpoints),
      this.#startProxy('inbound', proxy, endpoints),
      this.#startPolicyStream(endpoints),
    ]);
    const parts = {
      dynamodb: dynamodbAddress,
      lambda: lambdaAddress,
      ses: sesAddress,
      s3: s3Address,
      mta: mtaAddress,
      admin: adminAddress,
      submission,
      inbound,
      policyStream,
    };
    this.#nameDoors(submission, inbound);
    return { run: { pid: process.pid, parts }, password, passwordSource };
  }

  /** Writes where the servers listen, so that `probe-servers` can knock there. */
  #nameDoors(submission: PublishedAddress, inbound: PublishedAddress): void {
    const doorsOf = (server: PublishedServer, kind: string, { listeners }: PublishedAddress): readonly object[] =>
      listeners.map(({ port, mode }) => ({
        server,
        kind,
        host: HOST,
        port,
        tls: mode === 'tls' ? 'implicit' : 'starttls',
        name: HOSTNAMES[server],
        domain: 'example.com',
        way: 'public',
      }));
    const doors = [...doorsOf('submission', 'submission', submission), ...doorsOf('inbound', 'inbound', inbound)];
    writeFileSync(this.#path(PROBE_TARGETS), JSON.stringify(doors), { mode: 0o600 });
  }

  async #bundle(): Promise<{ readonly proxy: string; readonly functions: readonly string[] }> {
    const functions = ALL_FUNCTIONS.map(
      ({ folder }): BundleSpec => ({
        name: folder,
        entry: join(ROOT, 'functions', folder, 'handler.ts'),
        options: FUNCTION_BUNDLE_OPTIONS,
      }),
    );
    const edgeProxy: BundleSpec = {
      name: 'edge-proxy',
      entry: join(ROOT, 'edge-proxy', 'main.ts'),
      options: EDGE_PROXY_BUNDLE_OPTIONS,
    };
    const [proxy = '', ...rest] = await bundleAll([edgeProxy, ...functions], this.#path('build'));
    debug('bundles are up to date');
    return { proxy, functions: rest };
  }

  async #certify(): Promise<void> {
    await ensureCertificate(this.#path('certificate.pem'));
  }

  async #startDynamoDb(): Promise<{ pid: number; port: number; url: string }> {
    const { ports } = this.#configuration;
    const directory = this.#path('dynamodb');
    const flags = ['--port', String(ports.dynamodb), '--directory', directory];
    return this.#startEndpoint('dynamodb', flags, cleanEnvironment(process.env));
  }

  async #startLambda(
    bundles: readonly string[],
    endpoints: Endpoints,
  ): Promise<{ pid: number; port: number; url: string }> {
    const functions = ALL_FUNCTIONS.map((spec, index): FunctionSpec => {
      const { name, timeoutMs, environment } = spec;
      return {
        name,
        bundle: bundles[index] ?? '',
        isCold: !SCREENING_FUNCTIONS.includes(spec),
        environment: {
          ...cleanEnvironment(process.env),
          ...awsEnvironment(endpoints),
          AWS_LAMBDA_FUNCTION_NAME: name,
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          ...environment,
          ...(name === FUNCTIONS.probeServers ? this.#probeEnvironment() : {}),
          ...(name === FUNCTIONS.renewCertificate ? acmeEnvironment() : {}),
        },
        timeoutMs,
      };
    });
    const flags = [
      '--port',
      String(this.#configuration.ports.lambda),
      '--functions',
      JSON.stringify(functions),
      '--log',
      this.#path('functions.log'),
    ];
    return this.#startEndpoint('lambda', flags, cleanEnvironment(process.env));
  }

  #probeEnvironment(): Readonly<Record<string, string>> {
    return {
      POSTERN_PROBE_TARGETS: `file:${this.#path(PROBE_TARGETS)}`,
      POSTERN_PROBE_AUTHORITIES: this.#path('certificate.pem'),
    };
  }

  async #startSes(): Promise<{ pid: number; port: number; url: string }> {
    const flags = ['--port', String(this.#configuration.ports.ses), '--directory', this.#path('mail', 'ses')];
    return this.#startEndpoint('ses', flags, cleanEnvironment(process.env));
  }

  async #startS3(): Promise<{ pid: number; port: number; url: string }> {
    const flags = ['--port', String(this.#configuration.ports.s3), '--directory', this.#path('held')];
    return this.#startEndpoint('s3', flags, cleanEnvironment(process.env));
  }

  async #startAdmin(lambda: string): Promise<RunFile['parts']['admin']> {
    const doors = this.#path(PROBE_TARGETS);
    const flags = ['--port', String(this.#configuration.ports.admin), '--lambda', lambda, '--doors', doors];
    // Not among the flags, which every user of this machine can read.
    const token = newToken();
    const environment = { ...cleanEnvironment(process.env), POSTERN_PAGE_TOKEN: token };
    const endpoint = await this.#startEndpoint('admin', flags, environment);
    return { ...endpoint, page: pageAddress(endpoint.url, token) };
  }

  /** Starts after the seed, whose items are the first that it finds. */
  async #startPolicyStream(endpoints: Endpoints): Promise<{ pid: number }> {
    const flags = ['--function', FUNCTIONS.checkPolicy];
    const environment = { ...cleanEnvironment(process.env), ...awsEnvironment(endpoints) };
    // It waits at DynamoDB for changes, and would tell of the end of that as of a fault.
    const { pid } = await this.#startEndpoint('policy-stream', flags, environment, true);
    return { pid };
  }

  async #startMta(): Promise<RunFile['parts']['mta']> {
    const { mtaUrl, ports } = this.#configuration;
    if (mtaUrl !== undefined) return { url: mtaUrl };
    const directory = this.#path('mail', 'mta');
    const certificate = this.#path('certificate.pem');
    const flags = ['--port', String(ports.mta), '--directory', directory, '--certificate', certificate];
    const { pid, port } = await this.#startEndpoint('mta', flags, cleanEnvironment(process.env));
    return { pid, port, url: `smtp://${HOST}:${port}` };
  }

  async #seed(endpoint: string, mtaUrl: string, password: string): Promise<void> {
    const { home, mtaUrl: wantedUrl } = this.#configuration;
    const { seed } = await this.#seedModule;
    await seed({ endpoint, home, password, mta: { url: mtaUrl, isWanted: wantedUrl !== undefined } });
    debug('seeded');
  }

  async #startProxy(server: PublishedServer, bundle: string, endpoints: Endpoints): Promise<PublishedAddress> {
    const { ports } = this.#configuration;
    const listen = {
      submission: `${ports.submission}:starttls,${ports.submissions}:tls`,
      inbound: `${ports.inbound}:starttls`,
    };
    const proxy = { server, listen: listen[server], certificate: this.#path('certificate.pem') };
    const environment = {
      ...cleanEnvironment(process.env),
      ...awsEnvironment(endpoints),
      ...edgeProxyEnvironment(proxy),
    };
    const spec = { name: server, command: [...EDGE_PROXY_FLAGS, bundle], environment, onLine: this.#output.line };
    const { part, listening } = await this.#startPart(spec, true);
    return { pid: part.pid, healthPort: listening.health ?? 0, listeners: listening.listeners ?? [] };
  }

  /** A part of ours with one port. */
  async #startEndpoint(
    name: string,
    flags: readonly string[],
    environment: Readonly<Record<string, string>>,
    stopsFirst = false,
  ) {
    const command = [join(ROOT, 'local', name, 'main.ts'), ...flags];
    const onLine = (line: string): void => this.#output.errorLine(`${name}: ${line}`);
    const { part, listening } = await this.#startPart({ name, command, environment, onLine }, stopsFirst);
    const port = portOf(listening);
    return { pid: part.pid, port, url: `http://${HOST}:${port}` };
  }

  async #startPart(
    spec: Omit<PartSpec, 'onErrorLine'>,
    stopsFirst: boolean,
  ): Promise<{ readonly part: Part; readonly listening: Listening }> {
    const environment = { ...spec.environment, NODE_COMPILE_CACHE: this.#path('build', 'compile-cache') };
    const onErrorLine = (line: string): void => this.#output.errorLine(`${spec.name}: ${line}`);
    const part = this.#group.start({ ...spec, environment, onErrorLine }, { stopsFirst });
    const listening = await part.listening;
    debug('%s listens', spec.name);
    return { part, listening };
  }

  #path(...names: string[]): string {
    return join(this.#configuration.home, ...names);
  }
}

/**
 * Starts everything; the parts are in `group`.
 *
 * @throws RunError when a part cannot start
 */
export function startRun(configuration: Configuration, group: PartGroup, output: RunOutput): Promise<StartedRun> {
  mkdirSync(join(configuration.home, 'dynamodb'), { recursive: true, mode: 0o700 });
  return new Start(configuration, group, output).run();
}
