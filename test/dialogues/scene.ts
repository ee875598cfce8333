/** What the lines in lower case set up: a policy, and what the decision functions and the next hop answer. */
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES, type Reply, withText } from '../../policy/reply.ts';
import type { Policy } from '../../policy/snapshot.ts';
import {
  type EightBitCapabilities,
  type HopAnswer,
  type HopRule,
  lackedExtensions,
  lacking,
  needsSmtpUtf8,
} from '../../protocol/hop/hop-answer.ts';
import { authDeferred, type RelayedLoginReply, relayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import { ALICE, type Answers, type HopRequest, permitLogin, relayTo, willingHop } from '../support/answers.ts';
import { OPEN_SETTINGS, testPolicy } from '../support/policy.ts';
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
  readonly answer: (request: HopRequest) => HopAnswer;
}

const STEPS: Readonly<Record<HopRequest['kind'], HopStep>> = { recipient: 'RCPT', content: 'DATA', finish: 'FINISH' };
const FAILURES: Readonly<Record<string, readonly [HopRule, Reply]>> = {
  down: ['next-hop-down', REPLIES.hopDown],
  dropped: ['next-hop-dropped', REPLIES.hopDropped],
  insane: ['next-hop-insane', REPLIES.hopInsane],
  unwilling: ['next-hop', REPLIES.hopUnwilling],
};
/** Extensions of a hop that says 250 all the same, or 553 to a path that needs what it lacks. */
const LACKING: Readonly<Record<string, EightBitCapabilities>> = {
  'lacks-8bitmime': { has8BitMime: false, hasSmtpUtf8: true },
  'lacks-smtputf8': { has8BitMime: true, hasSmtpUtf8: false },
  'lacks-both': { has8BitMime: false, hasSmtpUtf8: false },
};

export function makeScene(setup: readonly Setup[]): Scene {
  return { policy: policyOf(setup), answers: answersOf(setup), isImplicitTls: has(setup, 'tls') };
}

export function policyOf(setup: readonly Setup[]): Policy {
  const [settings, ...items] = policyItems(setup);
  return testPolicy(settings, items);
}

/** The settings of the open server with what the lines make of them, and the items that they name. */
export function policyItems(setup: readonly Setup[]): readonly [PolicyAttributes, ...PolicyAttributes[]] {
  const settings = all(setup, 'settings').map(attributesOf);
  return [
    Object.assign({ item: 'settings', ...OPEN_SETTINGS }, ...settings),
    ...all(setup, 'command').map(([verb, ...fields]) => itemOf('command', verb, fields)),
    ...all(setup, 'client').map(([network, ...fields]) => itemOf('client', network, fields)),
    ...all(setup, 'issuer').map(([name, ...fields]) => itemOf('issuer', name, fields)),
  ];
}

function itemOf(kind: string, name: string | undefined, fields: readonly string[]): PolicyAttributes {
  return { item: `${kind}#${name ?? ''}`, ...attributesOf(fields) };
}

/** What stands after each line that starts with `word`. */
function all(setup: readonly Setup[], word: string): string[][] {
  return setup.filter(([first]) => first === word).map(([, ...rest]) => rest);
}

function has(setup: readonly Setup[], word: string, value?: string): boolean {
  return all(setup, word).some(([first]) => first === value);
}

function answersOf(setup: readonly Setup[]): Answers {
  const relay = relayTo(['example.com', ...all(setup, 'domain').flat()]);
  const lines = all(setup, 'hop');
  const script = lines.filter(([step]) => step !== 'AUTH').map(scripted);
  const authScript = lines.filter(([step]) => step === 'AUTH').map(([, ...words]) => authAnswerOf(words));
  const offers = all(setup, 'offers');
  return {
    mechanisms: () => offers[0],
    // One answer after the other, each to the next line that the hop hears of any login.
    hopAuth: () => authScript.shift() ?? authDeferred('not scripted'),
    authenticate({ username, password, token }) {
      if (has(setup, 'authenticate', 'defer')) return { kind: 'defer', reply: REPLIES.authenticationDeferred };
      if (token !== undefined) {
        return username === ALICE.username && has(setup, 'token', token)
          ? permitLogin(ALICE.username, [ALICE.username])
          : { kind: 'reject', reply: REPLIES.credentialsInvalid, challenge: '{"status":"invalid_token"}' };
      }
      if (username !== ALICE.username || password !== ALICE.password) {
        return { kind: 'reject', reply: REPLIES.credentialsInvalid };
      }
      const senders = [ALICE.username, ...all(setup, 'senders').flat()];
      return permitLogin(ALICE.username, senders, has(setup, 'may-bounce', 'false') ? { mayBounce: false } : {});
    },
    checkRelay(question, policy) {
      if (has(setup, 'check-relay', 'defer')) return { kind: 'defer', reply: REPLIES.decisionDeferred };
      return relay(question, policy);
    },
    hop(request) {
      const path = request.kind === 'recipient' ? request.forwardPath : undefined;
      const fits = (entry: ScriptedAnswer) =>
        entry.step === STEPS[request.kind] && (entry.path === undefined || entry.path === path);
      return (script.find(fits)?.answer ?? willingHop)(request);
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

/** `334 VXNlcm5hbWU6`, `235 2.7.0 welcome`, or `dropped`. */
function authAnswerOf(words: readonly string[]): RelayedLoginReply {
  const [code = '', ...rest] = words;
  if (!/^[2-5]\d\d$/.test(code)) return authDeferred(words.join(' '));
  const enhanced = /^[245]\.\d+\.\d+$/.exec(rest[0] ?? '')?.[0];
  const text = rest.slice(enhanced === undefined ? 0 : 1).join(' ');
  return relayedLoginReply({ code: Number(code), lines: [text], ...(enhanced === undefined ? {} : { enhanced }) });
}

function answerOf([first = '', enhanced = '', ...text]: readonly string[]): ScriptedAnswer['answer'] {
  const capabilities = LACKING[first];
  if (capabilities !== undefined) return (request) => lackingAnswer(request, capabilities);
  const failure = FAILURES[first];
  if (failure !== undefined) return () => ({ reply: failure[1], isTaken: false, rule: failure[0] });
  if (!/^[2-5]\d\d$/.test(first)) throw new TypeError(`Cannot script a hop's answer ${first}`);
  const reply = withText({ code: Number(first), enhanced, text: '' }, text.join(' ').replaceAll('\\n', '\n'));
  return () => ({ reply, isTaken: reply.code < 400, rule: 'next-hop' });
}

function lackingAnswer(request: HopRequest, capabilities: EightBitCapabilities): HopAnswer {
  if (request.kind !== 'recipient') return willingHop(request);
  const { mail, forwardPath } = request;
  const cannotSay = !capabilities.hasSmtpUtf8 && (needsSmtpUtf8(mail.path) || needsSmtpUtf8(forwardPath));
  if (cannotSay) return { reply: REPLIES.hopLacksSmtpUtf8, isTaken: false, rule: 'next-hop' };
  return lacking(willingHop(request), lackedExtensions(mail, capabilities));
}
