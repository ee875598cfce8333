import { describe, expect, it } from 'vitest';
import type { CheckRelayAnswer, CheckRelayDecision } from '../../policy/decision.ts';
import { nextHopName } from '../../policy/next-hop.ts';
import { REPLIES } from '../../policy/reply.ts';
import type { AuthenticateRequest, CheckLimitsRequest, CheckRelayRequest } from '../../policy/request.ts';
import { type FunctionCall, TestFunctions } from '../../test/support/edge-proxy-functions.ts';
import { type TestLog, testLog } from '../../test/support/edge-proxy-log.ts';
import { LambdaDecisions } from './decisions.ts';

const QUESTION = { server: 'mx1', session: 'S1', client: { address: '192.0.2.1', port: 4711, tls: true } };
const PASSWORD = 'open sesame';
const LOGIN: AuthenticateRequest = { ...QUESTION, mechanism: 'PLAIN', username: 'alice', password: PASSWORD };
const PERMIT_LOGIN = { kind: 'permit', identity: 'alice', senders: ['*'], limits: {}, cacheSeconds: 60 };
const REJECT_LOGIN = { kind: 'reject', reply: REPLIES.credentialsInvalid };
const DEFER_LOGIN = { kind: 'defer', reply: REPLIES.authenticationDeferred };
const DEFER_RELAY = { kind: 'defer', reply: REPLIES.decisionDeferred };

function relayOf(recipient: string, change: Partial<CheckRelayRequest> = {}): CheckRelayRequest {
  return { ...QUESTION, recipient, trusted: false, ...change };
}

/** A group of one. */
async function ask(
  decisions: LambdaDecisions,
  { recipient, ...question }: CheckRelayRequest,
): Promise<CheckRelayDecision> {
  const [decision] = await decisions.checkRelay(question, [recipient]);
  if (decision === undefined) throw new TypeError('A recipient was not decided');
  return decision;
}

function permitRelay(change: Partial<Extract<CheckRelayAnswer, { kind: 'permit' }>> = {}): CheckRelayAnswer {
  return {
    kind: 'permit',
    nextHop: 'smtp://mta:25',
    scope: 'domain',
    cacheSeconds: 5,
    rule: 'domain#a.example',
    ...change,
  };
}

const REJECT_RELAY: CheckRelayAnswer = {
  kind: 'reject',
  reply: REPLIES.relayDenied,
  scope: 'domain',
  cacheSeconds: 5,
  rule: 'relay-domains',
};

interface Bed {
  readonly decisions: LambdaDecisions;
  readonly functions: TestFunctions;
  readonly log: TestLog;
  nowMs: number;
}

function makeBed(answer: (call: FunctionCall) => unknown): Bed {
  const functions = new TestFunctions(answer);
  const log = testLog();
  const decisions = new LambdaDecisions({
    client: functions,
    authenticateFunction: 'authenticate-fn',
    checkRelayFunction: 'check-relay-fn',
    checkLimitsFunction: 'check-limits-fn',
    log: log.log,
    now: () => bed.nowMs,
  });
  const bed: Bed = { decisions, functions, log, nowMs: 0 };
  return bed;
}

/** Answers that the test gives when it wants to, in the order of the calls. */
function heldAnswers() {
  const calls: PromiseWithResolvers<unknown>[] = [];
  const answer = (): Promise<unknown> => {
    const held = Promise.withResolvers<unknown>();
    calls.push(held);
    return held.promise;
  };
  return { calls, answer };
}

describe('checkRelay', () => {
  it('asks the function with the request as it is, bounded by 3 s', async () => {
    const { decisions, functions } = makeBed(() => permitRelay());
    const request = relayOf('bob@a.example');

    const decision = await ask(decisions, request);

    expect(functions.calls).toEqual([{ name: 'check-relay-fn', payload: request, timeoutMs: 3000 }]);
    expect(decision).toMatchObject({ kind: 'permit', nextHop: { hosts: [{ host: 'mta', port: 25 }] } });
  });

  it('answers at once, without a call, what it remembers', async () => {
    const { decisions, functions } = makeBed(() => permitRelay());
    await ask(decisions, relayOf('bob@a.example'));

    const { recipient, ...question } = relayOf('bob@a.example');

    expect(decisions.checkRelay(question, [recipient])).not.toBeInstanceOf(Promise);
    expect(functions.calls).toHaveLength(1);
  });

  it('asks again when the time of the decision is over', async () => {
    const bed = makeBed(() => permitRelay({ cacheSeconds: 5 }));
    await ask(bed.decisions, relayOf('bob@a.example'));

    bed.nowMs = 4999;
    await ask(bed.decisions, relayOf('bob@a.example'));
    const callsBefore = bed.functions.calls.length;
    bed.nowMs = 5000;
    await ask(bed.decisions, relayOf('bob@a.example'));

    expect([callsBefore, bed.functions.calls.length]).toEqual([1, 2]);
  });

  // What one decision stands for: how many calls the second question costs.
  it.each<[string, CheckRelayAnswer, string, string, number]>([
    ['a permit for the domain serves its other recipients', permitRelay(), 'bob@a.example', 'carol@a.example', 0],
    ['a permit for the domain serves it in any case', permitRelay(), 'bob@a.example', 'Bob@A.Example', 0],
    ['a reject for the domain serves its other recipients', REJECT_RELAY, 'bob@a.example', 'carol@a.example', 0],
    ['another domain is another question', permitRelay(), 'bob@a.example', 'bob@b.example', 1],
    ['a subdomain is another question', permitRelay(), 'bob@a.example', 'bob@sub.a.example', 1],
    ['a permit for a recipient serves it', permitRelay({ scope: 'recipient' }), 'bob@a.example', 'bob@a.example', 0],
    [
      'a permit for a recipient serves no other',
      permitRelay({ scope: 'recipient' }),
      'bob@a.example',
      'carol@a.example',
      1,
    ],
    ['a permit for the domain serves no user%elsewhere', permitRelay(), 'bob@a.example', 'bob%b.example@a.example', 1],
    ['a permit for the domain serves no elsewhere!user', permitRelay(), 'bob@a.example', 'b.example!bob@a.example', 1],
    [
      'a permit for the domain serves no "user@elsewhere"',
      permitRelay(),
      'bob@a.example',
      '"bob@b.example"@a.example',
      1,
    ],
    ['an answer to routing never serves its domain', permitRelay(), 'bob%b.example@a.example', 'bob@a.example', 1],
    [
      'an answer to routing serves no other routing',
      permitRelay(),
      'bob%b.example@a.example',
      'bob%c.example@a.example',
      1,
    ],
    ['postmaster alone is its own question', permitRelay({ scope: 'recipient' }), 'postmaster', 'postmaster', 0],
    ['a permit of no seconds is not remembered', permitRelay({ cacheSeconds: 0 }), 'bob@a.example', 'bob@a.example', 1],
  ])('%s', async (_claim, answer, first, second, callsMore) => {
    const { decisions, functions } = makeBed(() => answer);
    await ask(decisions, relayOf(first));

    await ask(decisions, relayOf(second));

    expect(functions.calls).toHaveLength(1 + callsMore);
  });

  it('does not remember a defer', async () => {
    const { decisions, functions } = makeBed(() => DEFER_RELAY);
    await ask(decisions, relayOf('bob@a.example'));

    await ask(decisions, relayOf('bob@a.example'));

    expect(functions.calls).toHaveLength(2);
  });

  // Who asks is part of the question, remembered or under way.
  it.each<[string, Partial<CheckRelayRequest>, Partial<CheckRelayRequest>]>([
    ['anonymous and authenticated', {}, { identity: 'alice' }],
    ['two identities', { identity: 'alice' }, { identity: 'bob' }],
    ['anonymous and trusted', {}, { trusted: true }],
    ['an identity that is named as trust is', { identity: 'true' }, { trusted: true }],
    ['an identity with and without trust', { identity: 'alice' }, { identity: 'alice', trusted: true }],
    ['two servers', { server: 'mx1' }, { server: 'mx2' }],
  ])('never shares an answer between %s', async (_claim, one, other) => {
    const { calls, answer } = heldAnswers();
    const { decisions, functions } = makeBed(answer);

    const first = ask(decisions, relayOf('bob@a.example', one));
    const second = ask(decisions, relayOf('bob@a.example', other));
    for (const call of calls) call.resolve(permitRelay());
    await Promise.all([first, second]);

    expect(functions.calls).toHaveLength(2);
  });

  // Fifty ask while the first answer is under way.
  const FIFTY = Array.from({ length: 50 }, (_, index) => index);
  it.each<[string, CheckRelayAnswer, (index: number) => string, number]>([
    ['one domain', permitRelay(), (index) => `user${index}@a.example`, 1],
    ['one recipient, answered for the domain', permitRelay(), () => 'bob@a.example', 1],
    ['one recipient, answered for it alone', permitRelay({ scope: 'recipient' }), () => 'bob@a.example', 1],
    [
      'one recipient, answered for no time',
      permitRelay({ scope: 'recipient', cacheSeconds: 0 }),
      () => 'bob@a.example',
      1,
    ],
    ['one recipient with routing', permitRelay({ scope: 'recipient' }), () => 'bob%b@a.example', 1],
    ['postmaster', permitRelay({ scope: 'recipient' }), () => 'postmaster', 1],
    [
      'two recipients, answered each alone',
      permitRelay({ scope: 'recipient' }),
      (index) => `user${index % 2}@a.example`,
      2,
    ],
    [
      'fifty recipients, answered each alone',
      permitRelay({ scope: 'recipient' }),
      (index) => `user${index}@a.example`,
      50,
    ],
  ])('asks once for many that ask about %s', async (_claim, answer, recipient, calls) => {
    const { decisions, functions } = makeBed(async () => {
      await new Promise(setImmediate);
      return answer;
    });

    const answers = await Promise.all(FIFTY.map((index) => ask(decisions, relayOf(recipient(index)))));

    expect(functions.calls).toHaveLength(calls);
    expect(answers.map(({ kind }) => kind)).toEqual(FIFTY.map(() => 'permit'));
  });

  it('asks for all at once whose answers hold for one recipient each', async () => {
    const { calls, answer } = heldAnswers();
    const { decisions } = makeBed(answer);
    const asked = FIFTY.map((index) => ask(decisions, relayOf(`user${index}@a.example`)));

    calls[0]?.resolve(permitRelay({ scope: 'recipient' }));
    await asked[0];
    await new Promise(setImmediate);

    expect(calls).toHaveLength(50);
    for (const call of calls) call.resolve(permitRelay({ scope: 'recipient' }));
    await Promise.all(asked);
  });

  it('defers all that joined a question which failed, and asks anew for the next', async () => {
    const { calls, answer } = heldAnswers();
    const { decisions, functions } = makeBed(answer);
    const asked = FIFTY.map((index) => ask(decisions, relayOf(`user${index}@a.example`)));

    calls[0]?.reject(new Error('down'));
    const answers = await Promise.all(asked);

    expect(functions.calls).toHaveLength(1);
    expect(answers).toEqual(FIFTY.map(() => DEFER_RELAY));
    const next = ask(decisions, relayOf('bob@a.example'));
    calls[1]?.resolve(permitRelay());
    expect((await next).kind).toBe('permit');
  });
});

describe('authenticate', () => {
  it('asks the function with the request as it is, bounded by 5 s', async () => {
    const { decisions, functions } = makeBed(() => PERMIT_LOGIN);

    const decision = await decisions.authenticate(LOGIN);

    expect(functions.calls).toEqual([{ name: 'authenticate-fn', payload: LOGIN, timeoutMs: 5000 }]);
    expect(decision).toEqual(PERMIT_LOGIN);
  });

  it('remembers a permitted login for its time', async () => {
    const bed = makeBed(() => ({ ...PERMIT_LOGIN, cacheSeconds: 60 }));
    await bed.decisions.authenticate(LOGIN);

    bed.nowMs = 59_999;
    await bed.decisions.authenticate({ ...LOGIN, session: 'S2' });
    const callsBefore = bed.functions.calls.length;
    bed.nowMs = 60_000;
    await bed.decisions.authenticate(LOGIN);

    expect([callsBefore, bed.functions.calls.length]).toEqual([1, 2]);
  });

  it.each([
    ['reject', REJECT_LOGIN],
    ['defer', DEFER_LOGIN],
  ])('never remembers a %s', async (_kind, answer) => {
    const { decisions, functions } = makeBed(() => answer);
    await decisions.authenticate(LOGIN);

    await decisions.authenticate(LOGIN);

    expect(functions.calls).toHaveLength(2);
  });

  // A remembered login serves only the very same.
  it.each<[string, Partial<AuthenticateRequest>]>([
    ['a wrong password', { password: 'open barley' }],
    ['an empty password', { password: '' }],
    ['another user with the same password', { username: 'bob' }],
    ['user and password parted elsewhere', { username: `alice${PASSWORD[0]}`, password: PASSWORD.slice(1) }],
    ['another mechanism', { mechanism: 'LOGIN' }],
    ['the password given as a token', { password: undefined, token: PASSWORD }],
  ])('asks again after a good login for %s', async (_claim, change) => {
    const { decisions, functions } = makeBed(({ payload }) =>
      JSON.stringify(payload) === JSON.stringify(LOGIN) ? PERMIT_LOGIN : REJECT_LOGIN,
    );
    await decisions.authenticate(LOGIN);

    const other = await decisions.authenticate({ ...LOGIN, ...change });

    expect(functions.calls).toHaveLength(2);
    expect(other.kind).toBe('reject');
  });

  it('asks once for fifty that log in alike at the same time, and again for a wrong password among them', async () => {
    const { calls, answer } = heldAnswers();
    const { decisions, functions } = makeBed(answer);

    const alike = Array.from({ length: 50 }, () => decisions.authenticate(LOGIN));
    const wrong = decisions.authenticate({ ...LOGIN, password: 'open barley' });
    calls[0]?.resolve(PERMIT_LOGIN);
    calls[1]?.resolve(REJECT_LOGIN);

    expect((await Promise.all(alike)).every(({ kind }) => kind === 'permit')).toBe(true);
    expect((await wrong).kind).toBe('reject');
    expect(functions.calls).toHaveLength(2);
  });
});

// Whatever goes wrong is a defer, with a line that says where and why, and holds no credential.
describe('a failure', () => {
  it.each<[string, unknown, string]>([
    [
      'an error of the call',
      new Error('Cannot invoke', { cause: new Error('ECONNREFUSED') }),
      'Cannot invoke: ECONNREFUSED',
    ],
    ['something thrown that is no error', 'gone', 'gone'],
  ])('is a defer when it is %s', async (_claim, thrown, cause) => {
    const { decisions, log } = makeBed(() => Promise.reject(thrown));

    const login = await decisions.authenticate(LOGIN);
    const relay = await ask(decisions, relayOf('bob@a.example'));

    expect([login, relay]).toEqual([DEFER_LOGIN, DEFER_RELAY]);
    expect(log.lines).toEqual([
      { event: 'decision-deferred', function: 'authenticate-fn', session: 'S1', cause },
      { event: 'decision-deferred', function: 'check-relay-fn', session: 'S1', cause },
    ]);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['text', 'permit'],
    ['a number', 250],
    ['true', true],
    ['a list', [PERMIT_LOGIN]],
    ['an empty object', {}],
    ['an unknown kind', { kind: 'allow' }],
    ['a permit of nothing', { kind: 'permit' }],
    ['a permit without identity', { ...PERMIT_LOGIN, identity: '' }],
    ['senders that are no list', { ...PERMIT_LOGIN, senders: '*' }],
    ['a login remembered longer than 60 s', { ...PERMIT_LOGIN, cacheSeconds: 61 }],
    ['a negative time', { ...PERMIT_LOGIN, cacheSeconds: -1 }],
    ['a time that is text', { ...PERMIT_LOGIN, cacheSeconds: '60' }],
    ['attributes that nobody knows', { ...PERMIT_LOGIN, admin: true }],
    ['a reject without reply', { kind: 'reject' }],
    ['a reject that says 250', { kind: 'reject', reply: { code: 250, enhanced: '2.0.0', text: 'OK' } }],
    ['a reply that breaks the line', { kind: 'reject', reply: { ...REPLIES.relayDenied, text: 'no\r\n250 yes' } }],
    ['an error of the runtime', { errorType: 'Error', errorMessage: PASSWORD }],
  ])('is a defer when the answer to a login is %s', async (_claim, answer) => {
    const { decisions, functions, log } = makeBed(() => answer);

    const decision = await decisions.authenticate(LOGIN);
    await decisions.authenticate(LOGIN);

    expect(decision).toEqual(DEFER_LOGIN);
    expect(functions.calls).toHaveLength(2);
    expect(log.lines[0]).toMatchObject({ event: 'decision-deferred', function: 'authenticate-fn', session: 'S1' });
    expect(log.lines[0]?.cause).toMatch(/^the answer is no decision: ./);
    expect(JSON.stringify(log.lines)).not.toContain(PASSWORD);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a permit without next hop', { ...permitRelay(), nextHop: undefined }],
    ['a next hop of another scheme', permitRelay({ nextHop: 'http://mta' })],
    ['a next hop with a password', permitRelay({ nextHop: `smtp://u:${PASSWORD.replace(' ', '')}@mta` })],
    ['an unknown scope', { ...permitRelay(), scope: 'world' }],
    ['no scope', { ...permitRelay(), scope: undefined }],
    ['no rule', { ...permitRelay(), rule: undefined }],
    ['a decision remembered longer than 5 s', permitRelay({ cacheSeconds: 5.5 })],
    ['a negative time', permitRelay({ cacheSeconds: -1 })],
    ['a permitted login', PERMIT_LOGIN],
    [
      'a reject that says 451 with a class of 5',
      { ...REJECT_RELAY, reply: { code: 451, enhanced: '2.0.0', text: 'x' } },
    ],
  ])('is a defer when the answer about a recipient is %s', async (_claim, answer) => {
    const { decisions, functions, log } = makeBed(() => answer);

    const decision = await ask(decisions, relayOf('bob@a.example'));
    await ask(decisions, relayOf('bob@a.example'));

    expect(decision).toEqual(DEFER_RELAY);
    expect(functions.calls).toHaveLength(2);
    expect(log.lines[0]).toMatchObject({ event: 'decision-deferred', function: 'check-relay-fn', session: 'S1' });
    expect(JSON.stringify(log.lines)).not.toContain(PASSWORD.replace(' ', ''));
  });
});

describe('checkLimits', () => {
  const MESSAGE: CheckLimitsRequest = { ...QUESTION, identity: 'alice', recipients: 2, limits: { messagesPerHour: 9 } };
  const REJECT = { kind: 'reject', reply: REPLIES.sendingLimitReached, rule: 'user#limits.messagesPerHour', limit: 9 };

  it('asks the function for each message, the same or not, at once or not', async () => {
    const { decisions, functions } = makeBed(() => ({ kind: 'permit' }));

    await Promise.all([decisions.checkLimits(MESSAGE), decisions.checkLimits(MESSAGE)]);
    await decisions.checkLimits(MESSAGE);

    expect(functions.calls).toEqual(Array(3).fill({ name: 'check-limits-fn', payload: MESSAGE, timeoutMs: 3000 }));
  });

  it('gives what the function decides', async () => {
    expect(await makeBed(() => REJECT).decisions.checkLimits(MESSAGE)).toEqual(REJECT);
  });

  it.each<[string, () => unknown]>([
    ['fails', () => Promise.reject(new Error('throttled'))],
    ['answers nonsense', () => ({ kind: 'reject' })],
  ])('defers, and logs why, when the function %s', async (_what, answer) => {
    const { decisions, log } = makeBed(answer);

    expect(await decisions.checkLimits(MESSAGE)).toEqual(DEFER_RELAY);
    expect(log.lines).toMatchObject([{ event: 'decision-deferred', function: 'check-limits-fn', session: 'S1' }]);
  });

  it('defers, naming the variable, where there is no function to ask', async () => {
    const log = testLog();
    const decisions = new LambdaDecisions({
      client: new TestFunctions(() => ({ kind: 'permit' })),
      authenticateFunction: 'a',
      checkRelayFunction: 'r',
      checkLimitsFunction: undefined,
      log: log.log,
      now: () => 0,
    });

    expect(await decisions.checkLimits(MESSAGE)).toEqual(DEFER_RELAY);
    expect(log.lines).toMatchObject([{ cause: expect.stringContaining('POSTERN_CHECK_LIMITS_FUNCTION') }]);
  });
});

describe('a login that is remembered', () => {
  const CLIENT = { port: 1, tls: true };

  // The function ends its count of failures with a good login, which it has to hear of.
  it.each([
    ['of the same name from the same network is asked again after', 'Alice', '192.0.2.1', 3],
    ['is not asked again after one of another name', 'bob', '192.0.2.1', 2],
    ['is not asked again after one from another network', 'alice', '198.51.100.1', 2],
  ])('%s a failed one', async (_claim, username, address, calls) => {
    const { decisions, functions } = makeBed(({ payload }) =>
      (payload as AuthenticateRequest).password === PASSWORD ? PERMIT_LOGIN : REJECT_LOGIN,
    );
    await decisions.authenticate(LOGIN);
    await decisions.authenticate({ ...LOGIN, username, client: { ...CLIENT, address }, password: 'a guess' });

    const answers = [await decisions.authenticate(LOGIN), await decisions.authenticate(LOGIN)];

    expect(answers).toMatchObject([{ kind: 'permit' }, { kind: 'permit' }]);
    expect(functions.calls).toHaveLength(calls);
  });

  it('does not pass during a lockout that followed it', async () => {
    let isLockedOut = false;
    const { decisions } = makeBed(({ payload }) => {
      if (isLockedOut) return DEFER_LOGIN;
      return (payload as AuthenticateRequest).password === PASSWORD ? PERMIT_LOGIN : REJECT_LOGIN;
    });
    await decisions.authenticate(LOGIN);
    await decisions.authenticate({ ...LOGIN, password: 'a guess' });
    isLockedOut = true;

    expect((await decisions.authenticate(LOGIN)).kind).toBe('defer');
  });
});

it('remembers a login for its own client network, and for no other', async () => {
  const { decisions, functions } = makeBed(() => PERMIT_LOGIN);
  const from = (address: string): AuthenticateRequest => ({ ...LOGIN, client: { ...LOGIN.client, address } });
  await decisions.authenticate(from('2001:db8:1:2::1'));

  await decisions.authenticate(from('2001:db8:1:2::ffff'));
  const sameNetwork = functions.calls.length;
  await decisions.authenticate(from('2001:db8:1:3::1'));

  expect([sameNetwork, functions.calls.length]).toEqual([1, 2]);
});

describe('checkRelay of a group', () => {
  const { recipient: _recipient, ...QUESTION_OF_GROUP } = relayOf('');
  const GROUP = ['bob@a.example', 'carol@b.example', 'dave@a.example', 'bob@a.example', 'a%b@c.example'];

  /** Decides each recipient of a call by its domain. */
  function decideEach({ payload }: FunctionCall): unknown {
    const { recipient, others = [] } = payload as CheckRelayRequest;
    const decisions = [recipient, ...others].map((path) => {
      const domain = path.slice(path.indexOf('@') + 1);
      return permitRelay({ nextHop: `smtp://${domain}`, scope: path.includes('%') ? 'recipient' : 'domain' });
    });
    return others.length === 0 ? decisions[0] : { decisions };
  }

  function hopsOf(decisions: readonly CheckRelayDecision[]): string[] {
    return decisions.map((decision) => (decision.kind === 'permit' ? nextHopName(decision.nextHop) : decision.kind));
  }

  it('is one question for those whom no one knows, a domain once, and answers each in its place', async () => {
    const { decisions, functions } = makeBed(decideEach);

    const decided = await decisions.checkRelay(QUESTION_OF_GROUP, GROUP);

    expect(functions.calls).toEqual([
      {
        name: 'check-relay-fn',
        payload: { ...QUESTION_OF_GROUP, recipient: 'bob@a.example', others: ['carol@b.example', 'a%b@c.example'] },
        timeoutMs: 3000,
      },
    ]);
    expect(hopsOf(decided)).toMatchObject(
      ['a', 'b', 'a', 'a', 'c'].map((name) => expect.stringContaining(`${name}.example`)),
    );
    expect(decisions.checkRelay(QUESTION_OF_GROUP, GROUP)).not.toBeInstanceOf(Promise);
  });

  it('asks for those alone that are not remembered', async () => {
    const { decisions, functions } = makeBed(decideEach);
    await ask(decisions, relayOf('any@a.example'));

    const decided = await decisions.checkRelay(QUESTION_OF_GROUP, ['bob@a.example', 'carol@b.example']);

    expect(functions.calls.at(-1)?.payload).toEqual({ ...QUESTION_OF_GROUP, recipient: 'carol@b.example' });
    expect(decided.map(({ kind }) => kind)).toEqual(['permit', 'permit']);
  });

  it('asks once more, for all at once, where the answer holds for no domain', async () => {
    const { decisions, functions } = makeBed(({ payload }) => {
      const { others = [] } = payload as CheckRelayRequest;
      const decision = permitRelay({ scope: 'recipient' });
      return others.length === 0 ? decision : { decisions: [decision, ...others.map(() => decision)] };
    });
    const group = ['a@a.example', 'b@a.example', 'c@a.example'];

    const decided = await decisions.checkRelay(QUESTION_OF_GROUP, group);

    expect(decided).toHaveLength(3);
    expect(functions.calls.map(({ payload }) => payload)).toMatchObject([
      { recipient: 'a@a.example' },
      { recipient: 'b@a.example', others: ['c@a.example'] },
    ]);
  });

  it.each([
    ['too few decisions', { decisions: [permitRelay()] }],
    ['too many', { decisions: [permitRelay(), permitRelay(), permitRelay()] }],
    ['one alone, as to a single recipient', permitRelay()],
    ['one that is none', { decisions: [permitRelay(), { kind: 'perhaps' }] }],
  ])('defers all of it when the answer is %s', async (_what, answer) => {
    const { decisions, log } = makeBed(() => answer);

    const decided = await decisions.checkRelay(QUESTION_OF_GROUP, ['a@a.example', 'b@b.example']);

    expect(decided).toEqual([DEFER_RELAY, DEFER_RELAY]);
    expect(log.lines).toHaveLength(1);
  });
});
