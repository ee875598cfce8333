/** What the lines in lower case set up: a policy, and what the decision functions and the next hop answer. */
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES, type Reply, withText } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { HopAnswer, HopRule } from '../../protocol/hop-answer.ts';
import { ALICE, type Answers, type HopRequest, permitLogin, relayTo, willingHop } from '../support/answers.ts';
import { testPolicy } from '../support/policy.ts';
import { attributesOf, type Setup } from './dialogue.ts';

export interface Scene {
  readonly policy: Policy;
  readonly answers: Answers;
  readonly isImplicitTls: boolean;
}

type HopStep = 'RCPT' | 'DATA' | 'FINISH';

interface ScriptedAnswer {
  readonly step: HopStep;
  /** Forward-path that it is for; of every one when absent. */
  readonly path: string | undefined;
  readonly answer: HopAnswer;
}

const STEPS: Readonly<Record<HopRequest['kind'], HopStep>> = { recipient: 'RCPT', content: 'DATA', finish: 'FINISH' };
const FAILURES: Readonly<Record<string, readonly [HopRule, Reply]>> = {
  down: ['next-hop-down', REPLIES.hopDown],
  dropped: ['next-hop-dropped', REPLIES.hopDropped],
  insane: ['next-hop-insane', REPLIES.hopInsane],
  unwilling: ['next-hop', REPLIES.hopUnwilling],
  'lacks-8bitmime': ['next-hop', REPLIES.hopLacks8BitMime],
  'lacks-smtputf8': ['next-hop', REPLIES.hopLacksSmtpUtf8],
};

export function makeScene(setup: readonly Setup[]): Scene {
  return { policy: policyOf(setup), answers: answersOf(setup), isImplicitTls: has(setup, 'tls') };
}

export function policyOf(setup: readonly Setup[]): Policy {
  const settings = all(setup, 'settings').map(attributesOf);
  const items = [
    ...all(setup, 'command').map(([verb, ...fields]) => itemOf('command', verb, fields)),
    ...all(setup, 'client').map(([network, ...fields]) => itemOf('client', network, fields)),
  ];
  return testPolicy(Object.assign({}, ...settings), items);
}

function itemOf(kind: string, name: string | undefined, fields: readonly string[]): PolicyAttributes {
  return { item: `${kind}#${name ?? ''}`, ...attributesOf(fields) };
}

/** What stands behind each line that starts with `word`. */
function all(setup: readonly Setup[], word: string): string[][] {
  return setup.filter(([first]) => first === word).map(([, ...rest]) => rest);
}

function has(setup: readonly Setup[], word: string, value?: string): boolean {
  return all(setup, word).some(([first]) => first === value);
}

function answersOf(setup: readonly Setup[]): Answers {
  const relay = relayTo(['example.com', ...all(setup, 'domain').flat()]);
  const script = all(setup, 'hop').map(scripted);
  return {
    authenticate({ username, password }) {
      if (has(setup, 'authenticate', 'defer')) return { kind: 'defer', reply: REPLIES.authenticationDeferred };
      if (username !== ALICE.username || password !== ALICE.password) {
        return { kind: 'reject', reply: REPLIES.credentialsInvalid };
      }
      return permitLogin(ALICE.username, [ALICE.username, ...all(setup, 'senders').flat()]);
    },
    checkRelay(question, policy) {
      if (has(setup, 'check-relay', 'defer')) return { kind: 'defer', reply: REPLIES.decisionDeferred };
      return relay(question, policy);
    },
    hop(request) {
      const path = request.kind === 'recipient' ? request.forwardPath : undefined;
      const fits = (entry: ScriptedAnswer) =>
        entry.step === STEPS[request.kind] && (entry.path === undefined || entry.path === path);
      return script.find(fits)?.answer ?? willingHop(request);
    },
  };
}

/** `RCPT <a@b> 550 5.1.1 No such user` or `FINISH dropped`. */
function scripted([step = '', ...rest]: readonly string[]): ScriptedAnswer {
  if (step !== 'RCPT' && step !== 'DATA' && step !== 'FINISH') throw new TypeError(`Cannot script a hop's ${step}`);
  const [first = ''] = rest;
  const isForOne = first.startsWith('<');
  return { step, path: isForOne ? first.slice(1, -1) : undefined, answer: answerOf(isForOne ? rest.slice(1) : rest) };
}

function answerOf([first = '', enhanced = '', ...text]: readonly string[]): HopAnswer {
  const failure = FAILURES[first];
  if (failure !== undefined) return { reply: failure[1], isTaken: false, rule: failure[0] };
  if (!/^[2-5]\d\d$/.test(first)) throw new TypeError(`Cannot script a hop's answer ${first}`);
  const reply = withText({ code: Number(first), enhanced, text: '' }, text.join(' ').replaceAll('\\n', '\n'));
  return { reply, isTaken: reply.code < 400, rule: 'next-hop' };
}
