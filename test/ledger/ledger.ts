/**
 * One run of the ledger: senders at work on both servers, parts killed and stopped at random all the while, everything
 * corrected, what waits sent, and then the balance.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishedServer } from '../../local/names.ts';
import { Random } from '../fuzz/random.ts';
import { Cloud } from '../support/cloud.ts';
import { type HopName, mailAt } from '../support/cloud-mail.ts';
import { splitReceived } from '../support/received.ts';
import { balance, type Found, type LoggedTransaction } from './audit.ts';
import type { Balance } from './balance.ts';
import type { Entry } from './entry.ts';
import { Holder } from './holder.ts';
import { type Blow, Killer } from './killer.ts';
import { digestOf, MAX_MESSAGE_OCTETS } from './letter.ts';
import { Sender } from './sender.ts';

/** Milliseconds in which released mail must arrive: a task that was killed keeps its lease for 120 s. */
const RELEASE_MS = 180_000;
/** Milliseconds in which all that waits must get through once everything runs. */
const SETTLE_MS = 60_000;

export interface LedgerOptions {
  readonly kills: number;
  readonly seed: number;
  /** Clients at once, one of three at `inbound`. */
  readonly sessions: number;
  /** Where bundles are kept. */
  readonly bundles?: string;
  /** Rules hold a part of what comes to `inbound`; two tasks of it release some. */
  readonly hasHolds?: boolean;
  /** Waits until what is released has arrived, however long a dead task keeps its lease. */
  readonly isThorough?: boolean;
}

export interface LedgerResult {
  readonly balance: Balance;
  readonly entries: readonly Entry[];
  readonly blows: readonly Blow[];
  readonly sessions: number;
  readonly seconds: number;
}

export async function runLedger(options: LedgerOptions): Promise<LedgerResult> {
  const { kills, seed, sessions, bundles, hasHolds = false, isThorough = false } = options;
  const startedAt = performance.now();
  // Letters with bare newlines are to be refused, at the server of users too.
  const settings = { maxMessageOctets: MAX_MESSAGE_OCTETS, maxErrors: 1000, bareNewline: 'reject' };
  const cloud = await Cloud.start({ settings, isScreened: hasHolds, ...(bundles === undefined ? {} : { bundles }) });
  try {
    const senders = Array.from({ length: sessions }, (_, index) => newSender(cloud, options, index));
    const killer = new Killer(cloud, new Random(seed));
    const holder = hasHolds ? new Holder(cloud, new Random(seed + 1)) : undefined;
    const holding = holder?.run();
    const working = senders.map((sender) => sender.run());
    await Promise.race([killer.run(kills), Promise.all(working)]);
    await settle(senders, working);
    holder?.close();
    await holding;
    const late = (await holder?.settle(isThorough ? RELEASE_MS : 0)) ?? [];
    const entries = senders.flatMap((sender) => sender.entries);
    const { blows } = killer;
    const result = balance({
      entries,
      blows,
      held: (await holder?.found()) ?? [],
      found: [...foundAt(cloud, 'mta'), ...foundAt(cloud, 'ses')],
      logged: loggedBy(cloud),
    });
    for (const { id, reason } of isThorough ? late : []) {
      result.unexplained.push(`${id} was released, and is not with its hop: ${reason ?? 'in the hands of a task'}`);
    }
    return {
      balance: result,
      entries,
      blows,
      sessions: senders.reduce((sum, sender) => sum + sender.sessions, 0),
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    await cloud.close();
  }
}

function newSender(cloud: Cloud, { seed, hasHolds }: LedgerOptions, index: number): Sender {
  const server: PublishedServer = index % 3 === 0 ? 'inbound' : 'submission';
  const source = server === 'inbound' && hasHolds === true ? 'screened' : server;
  return new Sender({ cloud, server, source, random: new Random(seed * 1000 + index), name: `s${index}` });
}

async function settle(senders: readonly Sender[], working: readonly Promise<void>[]): Promise<void> {
  for (const sender of senders) sender.finish();
  const late = new AbortController();
  const time = delay(SETTLE_MS, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([Promise.all(working), time]);
  late.abort();
  // What waits still is told of by the balance.
  for (const sender of senders) sender.close();
  await Promise.all(working);
}

function* foundAt(cloud: Cloud, hop: HopName): Generator<Found> {
  for (const { octets, rcptTo } of mailAt(cloud.home, hop)) {
    const text = octets.toString('latin1');
    const token = /^X-Ledger: (\S+)\r$/m.exec(text)?.[1] ?? 'none';
    const rest = splitReceived(text)?.rest;
    const digest = rest === undefined ? undefined : digestOf(Buffer.from(rest, 'latin1'));
    yield { hop, token, rcptTo, digest };
  }
}

function loggedBy(cloud: Cloud): LoggedTransaction[] {
  return (['submission', 'inbound'] as const).flatMap((server) =>
    cloud
      .part(server)
      .logged('transaction')
      .map(({ time, recipients, detail }) => ({
        atMs: Date.parse(String(time)),
        recipients: Array.isArray(recipients) ? recipients.map(String) : [],
        detail: String(detail ?? ''),
      })),
  );
}
