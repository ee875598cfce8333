import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkLimitsDecisionSchema } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { SendingLimits } from '../../policy/user.ts';
import { type Console, recordConsole } from '../test-support/invocation.ts';
import { checkLimits, type LimitedMessage } from './check-limits.ts';
import type { CountedMessage, SendingCounters, SentCounts } from './sending-counters.ts';

const NOW_MS = Date.UTC(2026, 10, 24, 9, 59, 59);
const NOTHING: SentCounts = { messagesPerHour: 0, messagesPerDay: 0, recipientsPerHour: 0, recipientsPerDay: 0 };

class ScriptedCounters implements SendingCounters {
  readonly asked: (readonly [CountedMessage, SendingLimits])[] = [];
  readonly #answer: SentCounts | Error | undefined;

  constructor(answer?: SentCounts | Error) {
    this.#answer = answer;
  }

  async count(message: CountedMessage, limits: SendingLimits): Promise<SentCounts | undefined> {
    this.asked.push([message, limits]);
    if (this.#answer instanceof Error) throw this.#answer;
    return this.#answer;
  }
}

function message(recipients: number, limits: SendingLimits): LimitedMessage {
  return {
    server: 'submission',
    session: 's1',
    client: { address: '192.0.2.1', port: 4711, tls: true },
    identity: 'alice@example.com',
    recipients,
    limits,
  };
}

let logged: Console;
beforeEach(() => {
  logged = recordConsole();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function decide(counters: SendingCounters, recipients: number, limits: SendingLimits, nowMs = NOW_MS) {
  return checkLimits(message(recipients, limits), { counters, nowMs: () => nowMs });
}

describe('checkLimits', () => {
  it('permits a message that was counted', async () => {
    const counters = new ScriptedCounters();
    const limits = { messagesPerHour: 1, recipientsPerDay: 3 };

    expect(await decide(counters, 3, limits)).toEqual({ kind: 'permit' });
    expect(counters.asked).toEqual([[{ user: 'alice@example.com', recipients: 3, nowMs: NOW_MS }, limits]]);
  });

  // The limit that is in the way is named; a day before an hour, since it lasts longer.
  it.each<[string, Partial<SentCounts>, number, SendingLimits, string]>([
    [
      'messagesPerHour',
      { messagesPerHour: 5 },
      1,
      { messagesPerHour: 5 },
      '(messages per hour: 5), try again after 10:00 UTC',
    ],
    [
      'messagesPerDay',
      { messagesPerDay: 7 },
      1,
      { messagesPerDay: 7 },
      '(messages per day: 7), try again after 00:00 UTC',
    ],
    [
      'recipientsPerHour',
      { recipientsPerHour: 3 },
      3,
      { recipientsPerHour: 5 },
      '(recipients per hour: 5), try again after 10:00 UTC',
    ],
    [
      'recipientsPerDay',
      { recipientsPerDay: 3 },
      3,
      { recipientsPerDay: 5 },
      '(recipients per day: 5), try again after 00:00 UTC',
    ],
    [
      'recipientsPerDay',
      { messagesPerHour: 5, recipientsPerDay: 9 },
      1,
      { messagesPerHour: 5, recipientsPerDay: 9 },
      '(recipients per day: 9), try again after 00:00 UTC',
    ],
    [
      'messagesPerHour',
      { messagesPerHour: 5, messagesPerDay: 5 },
      1,
      { messagesPerHour: 5, messagesPerDay: 6 },
      '(messages per hour: 5), try again after 10:00 UTC',
    ],
  ])('rejects by %s and says when to try again', async (name, sent, recipients, limits, text) => {
    const decision = await decide(new ScriptedCounters({ ...NOTHING, ...sent }), recipients, limits);

    expect(decision).toEqual({
      kind: 'reject',
      reply: { code: 450, enhanced: '4.7.1', text: `Sending limit reached ${text}` },
      rule: `user#limits.${name}`,
      limit: Object.entries(limits).find(([key]) => key === name)?.[1],
    });
    expect(checkLimitsDecisionSchema.safeParse(decision).success).toBe(true);
  });

  it('counts the hours round midnight', async () => {
    const counters = new ScriptedCounters({ ...NOTHING, messagesPerHour: 1 });

    const decision = await decide(counters, 1, { messagesPerHour: 1 }, Date.UTC(2026, 10, 24, 23, 30));

    expect(decision).toMatchObject({ reply: { text: expect.stringContaining('try again after 00:00 UTC') } });
  });

  // Waiting does not help.
  it.each<[number, SendingLimits, string]>([
    [
      4,
      { recipientsPerHour: 3 },
      'Message to 4 recipients is over the sending limit by itself (recipients per hour: 3)',
    ],
    [4, { recipientsPerDay: 3 }, 'Message to 4 recipients is over the sending limit by itself (recipients per day: 3)'],
    [1, { messagesPerHour: 0 }, 'Message is over the sending limit by itself (messages per hour: 0)'],
    [1, { messagesPerDay: 0 }, 'Message is over the sending limit by itself (messages per day: 0)'],
  ])(
    'says of a message to %d with limits %j that it is over by itself, and counts nothing',
    async (count, limits, text) => {
      const counters = new ScriptedCounters();

      const decision = await decide(counters, count, limits);

      const [[name, limit] = []] = Object.entries(limits);
      expect(decision).toEqual({
        kind: 'reject',
        reply: { code: 450, enhanced: '4.7.1', text },
        rule: `user#limits.${name}`,
        limit,
      });
      expect(checkLimitsDecisionSchema.safeParse(decision).success).toBe(true);
      expect(counters.asked).toEqual([]);
    },
  );

  it('defers when the counters do not answer, and says why', async () => {
    const counters = new ScriptedCounters(new Error('table not found'));

    expect(await decide(counters, 1, { messagesPerHour: 1 })).toEqual({
      kind: 'defer',
      reply: REPLIES.decisionDeferred,
    });
    expect(logged.lines()).toEqual([
      { level: 'error', server: 'submission', session: 's1', problem: 'Cannot count messages: Error: table not found' },
    ]);
  });

  it('throws when counters refuse a message that has room', async () => {
    await expect(decide(new ScriptedCounters(NOTHING), 1, { messagesPerHour: 1 })).rejects.toThrow(
      'no limit is reached',
    );
  });
});
