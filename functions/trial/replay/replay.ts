/**
 * Which recorded sessions would have come out differently under another policy.
 *
 * Sessions are read newest first. Each is played twice, under the policy in force and under the other one, so that what
 * policy changes is told from what the records do not tell.
 */

import type { ReplayAnswer } from '../../admin/contract/answers/replay-answer.ts';
import { findEvents } from '../../history/event-query.ts';
import type { EventAttributes, EventReader } from '../../history/event-reader.ts';
import { timeOf } from '../../history/event-shown.ts';
import type { PolicyOnTrial } from '../dry-run-policy.ts';
import { compare } from './replay-compare.ts';
import { type RecordedSession, recordedSession } from './replay-recorded.ts';
import { type ReplayIdentity, type ReplayOptions, replaySession } from './replay-run.ts';

export interface ReplayQuestion {
  readonly server: string;
  readonly inForce: PolicyOnTrial;
  readonly proposed: PolicyOnTrial;
  /** ISO times; `since` is included, `until` is not. */
  readonly since: string;
  readonly until: string;
  /** Sort key of the last session that was looked at before. */
  readonly before?: string | undefined;
  /** Sessions in one answer. */
  readonly limit: number;
}

export interface ReplayServices {
  readonly events: EventReader;
  /** What a user may send as now; `undefined` when there is no such user. */
  readonly identity: (name: string) => Promise<ReplayIdentity | undefined>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export type ReplayPage = Pick<ReplayAnswer, 'scanned' | 'sessions' | 'differentAlready' | 'notReplayed'> & {
  /** `before` of the next question; absent when there are no further sessions. */
  readonly before?: string;
};

/** Milliseconds after which no further session is begun; the API answers within 30 s. */
const BOUND_MS = 20_000;
/** Sessions whose events are read at the same time. */
const AT_ONCE = 8;
/** Events of one session; more are not replayed. */
const MAX_EVENTS = 2000;
const PAGE_ITEMS = 1000;

export async function replay(question: ReplayQuestion, services: ReplayServices): Promise<ReplayPage> {
  const endMs = services.nowMs() + BOUND_MS;
  const isSpent = (): boolean => services.nowMs() >= endMs;
  const { since, until, before, limit, server } = question;
  const nowSeconds = Math.floor(services.nowMs() / 1000);
  const query = { since, until, filter: { types: ['session'] }, limit, before };
  const search = { query, reader: services.events, budget: { isSpent }, nowSeconds };
  const found = await findEvents(search, [{ server, since }]);

  const report = new Report();
  let last = found.before;
  for (let at = 0; at < found.items.length; at += AT_ONCE) {
    const ends = found.items.slice(at, at + AT_ONCE);
    const all = await Promise.all(ends.map((end) => readEvents(end, services.events, nowSeconds)));
    for (const [index, end] of ends.entries()) {
      await report.add(end, all[index], question, services);
      // The first is always looked at: a request that went nowhere would be repeated for ever.
      if (!isSpent() || at + index + 1 === found.items.length) continue;
      last = String(end.at);
      return report.page(last);
    }
  }
  return report.page(last);
}

class Report {
  readonly #sessions: ReplayAnswer['sessions'] = [];
  readonly #notReplayed: ReplayAnswer['notReplayed'] = [];
  #scanned = 0;
  #differentAlready = 0;

  async add(
    end: EventAttributes,
    events: readonly EventAttributes[] | undefined,
    question: ReplayQuestion,
    services: ReplayServices,
  ): Promise<void> {
    this.#scanned += 1;
    const recorded = events === undefined ? { why: 'it has too many events' } : recordedSession(end, events);
    if ('why' in recorded) {
      this.#notReplayed.push({ session: String(end.session), at: timeOf(end), why: recorded.why });
      return;
    }
    const { differences, isDifferentAlready } = await comparisonOf(recorded, question, services);
    if (isDifferentAlready) this.#differentAlready += 1;
    if (differences.length === 0) return;
    const { session, at, client, identity } = recorded;
    const who = identity === undefined ? {} : { identity };
    this.#sessions.push({ session, at, client: client.address, ...who, differences: [...differences] });
  }

  page(before: string | undefined): ReplayPage {
    return {
      scanned: this.#scanned,
      sessions: this.#sessions,
      differentAlready: this.#differentAlready,
      notReplayed: this.#notReplayed,
      ...(before === undefined ? {} : { before }),
    };
  }
}

async function comparisonOf(
  recorded: RecordedSession,
  { server, inForce, proposed }: ReplayQuestion,
  services: ReplayServices,
) {
  const identity = await identityOf(recorded, services);
  const screensInForce = inForce.policy.screens;
  const under = (trial: PolicyOnTrial): ReplayOptions => ({ server, trial, recorded, identity, screensInForce });
  return compare(recorded, await replaySession(under(inForce)), await replaySession(under(proposed)));
}

/** What the identity may send as: what it may now, and what it was taken for in this session. */
async function identityOf(recorded: RecordedSession, services: ReplayServices): Promise<ReplayIdentity> {
  const { identity: name = 'unknown', transactions } = recorded;
  const known = recorded.identity === undefined ? undefined : await services.identity(name);
  const taken = [...transactions.values()].map(({ senderPattern }) => senderPattern);
  return {
    name,
    senders: [...new Set([...(known?.senders ?? []), ...taken.filter((pattern) => pattern !== '')])],
    mayBounce: known === undefined || known.mayBounce || taken.includes(''),
  };
}

/** All events of a session but its end; `undefined` when there are too many. */
async function readEvents(
  { session, id }: EventAttributes,
  reader: EventReader,
  nowSeconds: number,
): Promise<readonly EventAttributes[] | undefined> {
  const events: EventAttributes[] = [];
  for (let from = '0'; ; ) {
    const { items, readTo } = await reader.read({
      partition: { kind: 'session', session: String(session) },
      from,
      to: '~',
      order: 'oldest-first',
      filter: { types: ['transaction', 'login', 'refusal'] },
      nowSeconds,
      limit: PAGE_ITEMS,
    });
    events.push(...items.filter((item) => item.id !== id && String(item.at) > from));
    if (events.length > MAX_EVENTS) return undefined;
    if (readTo === undefined) return events;
    from = readTo;
  }
}
