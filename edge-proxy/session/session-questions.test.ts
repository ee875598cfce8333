import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuthenticateDecision } from '../../policy/decision.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { SmtpSession } from '../../protocol/session/session.ts';
import { ProxyBed } from '../../test/support/edge-proxy-bed.ts';
import { testPolicy } from '../../test/support/policy.ts';
import { SessionQuestions } from './session-questions.ts';

const LOGIN = { kind: 'authenticate', mechanism: 'PLAIN', username: 'alice', password: 'wrong' } as const;

let bed: ProxyBed;
beforeEach(async () => {
  bed = await ProxyBed.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await bed.close();
});

function questions(address = '192.0.2.1'): SessionQuestions {
  const policy = testPolicy({ lockoutFailures: 7, lockoutSeconds: 60, loginDelaySeconds: 2 });
  const session = new SmtpSession({ id: 'S', clientAddress: address, policy, isImplicitTls: false, nowMs: 0 });
  return new SessionQuestions({ id: 'S', address, port: 4711 }, bed.services, session);
}

it('tells the function who asks, and the thresholds in force', async () => {
  const asked: AuthenticateRequest[] = [];
  bed.decisions.onAuthenticate = (request) => {
    asked.push(request);
    return { kind: 'defer', reply: REPLIES.authenticationDeferred };
  };

  await questions().authenticate(LOGIN);

  expect(asked).toEqual([
    {
      server: 'mx1',
      session: 'S',
      client: { address: '192.0.2.1', port: 4711, tls: false },
      mechanism: 'PLAIN',
      username: 'alice',
      password: 'wrong',
      lockout: { failures: 7, seconds: 60, delaySeconds: 2 },
    },
  ]);
});

it.each<[string, AuthenticateDecision, number]>([
  ['a refusal for its time', { kind: 'reject', reply: REPLIES.credentialsInvalid, delaySeconds: 4 }, 4000],
  ['a refusal without one not at all', { kind: 'reject', reply: REPLIES.credentialsInvalid }, 0],
  ['a permit not at all', { kind: 'permit', identity: 'a', senders: [], limits: {}, cacheSeconds: 0 }, 0],
])('holds back %s', async (_what, decision, delayMs) => {
  vi.useFakeTimers();
  bed.decisions.onAuthenticate = () => decision;
  let isAnswered = false;

  const answered = questions()
    .authenticate(LOGIN)
    .then(() => {
      isAnswered = true;
    });
  await vi.advanceTimersByTimeAsync(Math.max(0, delayMs - 1));
  const wasEarly = delayMs > 0 && isAnswered;
  await vi.advanceTimersByTimeAsync(1);

  expect([wasEarly, isAnswered]).toEqual([false, true]);
  await answered;
});
