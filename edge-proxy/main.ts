/** The edge proxy's process: reads its environment, wires the adapters, listens, and leaves on a signal. */
import { tmpdir, totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESClient } from '@aws-sdk/client-ses';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Policy, PolicyProblem } from '../policy/snapshot.ts';
import { Certificate } from './certificate/certificate.ts';
import type { CertificateSource } from './certificate/certificate-source.ts';
import { FileCertificateSource } from './certificate/file-source.ts';
import { SecretCertificateSource } from './certificate/secret-source.ts';
import { LambdaDecisions } from './decisions/decisions.ts';
import { Departure } from './departure.ts';
import { type CertificateLocation, type Environment, readEnvironment } from './environment.ts';
import { EventRecorder, newEventId } from './events/event-recorder.ts';
import { sessionRecorder } from './events/session-recorder.ts';
import { Faults } from './faults.ts';
import { FunctionClients, LambdaFunctionClient } from './function-client.ts';
import { type Health, HealthServer } from './health.ts';
import { makeHeldStore, startRelease } from './held/start-release.ts';
import { KeptBudget } from './kept/kept-budget.ts';
import { FAREWELL_MS, PublishedServer } from './listener/published-server.ts';
import { startLive } from './live/start-live.ts';
import { errorText, LineLog } from './log.ts';
import { AllNextHops } from './next-hop/all-next-hops.ts';
import { credentialsReader } from './next-hop/login-secrets.ts';
import { PartialDeliveries } from './next-hop/partial-deliveries.ts';
import { sendRateReader } from './next-hop/ses/send-rate.ts';
import { sesConnections } from './next-hop/ses/ses-connections.ts';
import { SesNextHop } from './next-hop/ses/transaction.ts';
import { SmtpNextHops } from './next-hop/smtp/smtp-next-hops.ts';
import type { Spell } from './next-hop/spells.ts';
import { type MemoryLimits, octetsInFlightWithin } from './octet-budget.ts';
import { DynamoPolicyReader } from './policy-store.ts';
import { PolicyWatch } from './policy-watch.ts';
import { VitalSigns } from './vital-signs.ts';

/** Milliseconds; a call that is slower fails and is tried again or deferred. */
const HTTP_CONNECT_TIMEOUT_MS = 1000;
/** Calls under way at once, of each function; more wait for a connection. */
const MAX_SOCKETS = 100;
/** Milliseconds kept of the drain time for the last events. */
const LAST_EVENTS_MS = 500;
/** Milliseconds for the last lines, of the time between the drain time and the kill. */
const LAST_LINES_MS = 500;

async function run(environment: Environment, lines: LineLog, departure: Departure): Promise<void> {
  const { log } = lines;
  const requestHandler = { connectionTimeout: HTTP_CONNECT_TIMEOUT_MS, httpsAgent: { maxSockets: MAX_SOCKETS } };
  const functions = new FunctionClients(
    () => new LambdaFunctionClient(new LambdaClient({ maxAttempts: 2, requestHandler })),
  );
  const store = new DynamoPolicyReader(new DynamoDBClient({ maxAttempts: 3, requestHandler }), environment.policyTable);
  const { server } = environment;
  const faults = new Faults(log);
  const events = new EventRecorder({
    client: functions,
    recordEventsFunction: environment.recordEventsFunction,
    log,
    faults,
  });
  const now = (): number => performance.now();
  const calendar = (): number => Date.now();

  const certificate = await Certificate.load(certificateSource(environment.certificate), log, faults);
  const watch = await PolicyWatch.start({
    store,
    server,
    log,
    faults,
    readSeconds: environment.policyReadSeconds,
    onChange: (policy) => proxy.offerPolicy(policy),
    onProblem: (problem, policy) => events.record(policyInvalid(server, problem, policy)),
  });
  const hostname = (): string => watch.policy.settings.hostname;
  const limits = { connectionTimeout: HTTP_CONNECT_TIMEOUT_MS, maxSockets: MAX_SOCKETS };
  const sesOptions = { maxAttempts: 1, requestHandler: sesConnections(limits) };
  const ses = new SESClient(sesOptions);
  const nextHops = new AllNextHops(
    new SmtpNextHops({
      ehloName: hostname,
      maxConnections: () => watch.policy.settings.nextHopConnections,
      onSpell: (spell) => events.record(nextHopEvent(server, spell, watch.policy)),
      readCredentials: credentialsReader(() => new SecretsManagerClient({ maxAttempts: 3, requestHandler })),
      log,
      faults,
    }),
    new SesNextHop({
      server,
      ses,
      sesV2: new SESv2Client(sesOptions),
      postmasterDomain: hostname,
      configurationSet: environment.sesConfigurationSet,
      readRate: sendRateReader(ses, log),
      maxOctetsInFlight: octetsInFlightWithin(memoryLimits()),
    }),
    log,
  );
  const heldStore = makeHeldStore(environment.held, requestHandler);
  const proxy: PublishedServer = new PublishedServer({
    services: {
      server,
      now,
      calendar,
      decisions: new LambdaDecisions({ ...environment, client: functions, log, now }),
      nextHops,
      served: new PartialDeliveries(now),
      keptBudget: new KeptBudget(tmpdir()),
      heldStore,
      secureContext: () => certificate.context,
      record: sessionRecorder(server, events, log, calendar),
      log,
      faults,
    },
    policy: () => watch.policy,
    listeners: environment.listeners,
    host: environment.listenHost,
  });
  const vitalSigns = new VitalSigns();
  const figures = (): Health => ({
    isServing: !proxy.isLeaving,
    details: {
      server,
      policyVersion: watch.policy.version,
      sessions: proxy.sessions,
      undeliveredEvents: events.undelivered,
      droppedLines: lines.dropped,
      faults: faults.count,
      closedWithoutReply: proxy.closedWithoutReply,
      ...vitalSigns.read(),
    },
  });
  const health = new HealthServer(figures, log, faults);

  // Before anybody can know that we listen: until then a signal ends the process at once, with nothing under way.
  departure.heedFaults(faults);
  departure.heedSignals();
  const listeners = await proxy.listen();
  const healthPort = await health.listen(environment.healthPort, environment.listenHost);
  log({ event: 'listening', health: healthPort, listeners, policyVersion: watch.policy.version });

  const release =
    heldStore && startRelease({ store: heldStore, server, nextHops, policy: () => watch.policy, events, log, faults });

  const live = startLive({ environment, requestHandler, sessions: proxy, log, faults });

  await departure.due;
  proxy.announceLeaving();
  const { drainSeconds, acceptSeconds } = environment;
  // After a fault nothing new: what state the process is in no one knows.
  if (departure.exitCode === 0) await setTimeout(acceptSeconds * 1000);
  watch.close();
  live?.close();
  const leaveMs = Math.max(0, (drainSeconds - acceptSeconds) * 1000 - FAREWELL_MS - LAST_EVENTS_MS);
  await Promise.all([proxy.leave(leaveMs), release?.close(leaveMs)]);
  await events.flush(LAST_EVENTS_MS);
  log({ event: 'left', sessions: proxy.sessions });
}

function certificateSource(location: CertificateLocation): CertificateSource {
  if (location.kind === 'file') return new FileCertificateSource(location.path);
  const requestHandler = { connectionTimeout: HTTP_CONNECT_TIMEOUT_MS };
  return new SecretCertificateSource(new SecretsManagerClient({ maxAttempts: 3, requestHandler }), location.id);
}

function memoryLimits(): MemoryLimits {
  // 0 or far more than there is without a container.
  const container = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return { heapOctets: getHeapStatistics().heap_size_limit, memoryOctets: Math.min(container, totalmem()) };
}

function policyInvalid(server: string, problem: PolicyProblem, policy: Policy) {
  return {
    type: 'policy-invalid',
    id: newEventId(),
    at: new Date().toISOString(),
    server,
    policyVersion: policy.version,
    keepDays: policy.settings.eventDays,
    ...problem,
  } as const;
}

function nextHopEvent(server: string, spell: Spell, policy: Policy) {
  return {
    type: 'next-hop',
    id: newEventId(),
    at: new Date().toISOString(),
    server,
    policyVersion: policy.version,
    keepDays: policy.settings.eventDays,
    state: spell.problem === undefined ? 'over' : 'begun',
    ...spell,
  } as const;
}

async function main(): Promise<void> {
  const lines = new LineLog(process.stdout, process.env.POSTERN_SERVER ?? '', () => departure.loseLog());
  const departure = new Departure(lines.log);
  // Its reader is often that of standard output.
  process.stderr.on('error', () => {});
  // An end that no one planned, too, is told in full.
  process.on('exit', lines.flush);
  try {
    await run(readEnvironment(process.env), lines, departure);
    await lines.written(LAST_LINES_MS);
    process.exit(departure.exitCode);
  } catch (error) {
    const problem = errorText(error);
    lines.log({ event: 'failed', problem });
    await lines.written(LAST_LINES_MS);
    process.stderr.write(`${problem}\n`);
    process.exit(1);
  }
}

await main();
