/** Each `*.smtp` file is explained by the admin API as it goes on the machine and over sockets: same replies, same rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Explanation } from '../../functions/admin/contract/answers/explain-answer.ts';
import type { AdminStores } from '../../functions/admin/stores/admin-stores.ts';
import { explainBodySchema, explainQuestion } from '../../functions/admin/trial/explain-question.ts';
import { authenticate } from '../../functions/authenticate/authenticate.ts';
import type { DryRunHops } from '../../functions/trial/dry-run.ts';
import { explain } from '../../functions/trial/explain/explain.ts';
import { makeVerifier } from '../../policy/password.ts';
import { formatVerifier, SALT_OCTETS } from '../../policy/verifier.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { authDeferred, type RelayedLoginReply } from '../../protocol/hop/relayed-login-reply.ts';
import { ALICE, type Answers, type AuthRequest, type HopRequest } from '../support/answers.ts';
import { CLIENT_ADDRESS } from '../support/machine-driver.ts';
import { type Dialogue, type NumberedStep, parseDialogue, type Setup } from './dialogue.ts';
import { makeScene, policyItems } from './scene.ts';

const FOLDER = import.meta.dirname;
const DIALOGUES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.smtp'))
  .sort()
  .map((file) => ({ file, dialogue: parseDialogue(readFileSync(`${FOLDER}/${file}`, 'utf8')) }));

let verifier: string;

beforeAll(async () => {
  // The functions say there why they defer.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  verifier = formatVerifier(await makeVerifier(ALICE.password, new Uint8Array(SALT_OCTETS).fill(3)));
});

afterAll(() => {
  vi.restoreAllMocks();
});

it.each(DIALOGUES)('explains $file: $dialogue.claim', async ({ dialogue }) => {
  const explanation = await explained(dialogue);

  expect(explanation.isComplete).toBe(true);
  expectReplies(dialogue, explanation);
  expectRules(dialogue, explanation);
});

/**
 * A dialogue goes in as the JSON of a request. Scripted hops stand in for the assumed ones; all else is what the API does.
 */
async function explained(dialogue: Dialogue): Promise<Explanation> {
  const { setup } = dialogue;
  const { answers } = makeScene(setup);
  const body = explainBodySchema.parse(JSON.parse(JSON.stringify(bodyOf(dialogue))));
  const question = await explainQuestion('test', body, NO_STORES);
  const { trial } = question;
  expect(trial.problems).toEqual([]);
  const relay = saysDefer(setup, 'check-relay') ? { read: () => Promise.reject(new Error(NO_ANSWER)) } : trial.relay;
  return explain(
    { ...question, trial: { ...trial, relay } },
    {
      authenticate: async (request) =>
        request.token === undefined
          ? authenticate(request, { find: async () => userOf(setup) })
          : answered(answers.authenticate({ username: request.username, token: request.token })),
      checkLimits: (question) => answers.checkLimits?.(question) ?? { kind: 'permit' },
      hops: scriptedHops(answers),
      nowMs: () => 0,
    },
  );
}

const NO_ANSWER = 'The table does not answer';

/** With a document, and without an identity, no table is read. */
const NO_STORES = new Proxy({} as Pick<AdminStores, 'policy' | 'users'>, {
  get: (_target, name) => {
    throw new TypeError(`A table was asked for ${String(name)}`);
  },
});

function bodyOf(dialogue: Dialogue): object {
  const { isImplicitTls } = makeScene(dialogue.setup);
  return {
    client: { address: CLIENT_ADDRESS, tls: isImplicitTls },
    policy: documentOf(dialogue.setup),
    dialogue: entriesOf(dialogue),
  };
}

/** The scene's items as a policy document. */
function documentOf(setup: readonly Setup[]): object {
  const document: Record<string, Record<string, unknown>> = { domains: { 'example.com': {} } };
  for (const name of rests(setup, 'domain').flat()) document.domains = { ...document.domains, [name]: {} };
  for (const { item, ...attributes } of policyItems(setup)) {
    const [kind = '', name] = String(item).split(/#(.*)/s);
    if (name === undefined) document[kind] = attributes;
    else document[`${kind}s`] = { ...document[`${kind}s`], [name]: attributes };
  }
  return document;
}

function userOf(setup: readonly Setup[]): unknown {
  if (saysDefer(setup, 'authenticate')) throw new Error(NO_ANSWER);
  const senders = new Set([ALICE.username, ...rests(setup, 'senders').flat()]);
  const mayBounce = rests(setup, 'may-bounce').flat()[0] ?? true;
  return { user: ALICE.username, verifier, servers: new Set(['test']), senders, mayBounce };
}

function saysDefer(setup: readonly Setup[], word: string): boolean {
  return rests(setup, word).some(([first]) => first === 'defer');
}

function rests(setup: readonly Setup[], word: string): string[][] {
  return setup.filter(([first]) => first === word).map(([, ...rest]) => rest);
}

function entriesOf(dialogue: Dialogue): object[] {
  let setup: readonly Setup[] = dialogue.setup;
  return dialogue.steps.flatMap((step): object[] => {
    switch (step.kind) {
      case 'send':
        return [{ octets: step.octets.toString('base64') }];
      case 'wait':
        return [{ waitSeconds: step.seconds }];
      case 'fin':
      case 'reset':
      case 'shutdown':
        return [{ happens: step.kind }];
      case 'policy':
        setup = [...setup, ...step.setup];
        return [{ policy: documentOf(setup) }];
      default:
        return [];
    }
  });
}

function scriptedHops(answers: Answers): DryRunHops {
  const ask = (request: HopRequest): HopAnswer => answered(answers.hop(request));
  const askAuth = (request: AuthRequest): RelayedLoginReply =>
    answers.hopAuth?.(request) ?? authDeferred('not scripted');
  return {
    mechanisms: () => answers.mechanisms?.(),
    authenticate: (mechanism, initial) =>
      askAuth({ kind: 'start', mechanism, ...(initial === undefined ? {} : { initial }) }),
    respond: (response) => askAuth({ kind: 'response', response }),
    offerRecipient: (_hop, mail, forwardPath) => ask({ kind: 'recipient', mail, forwardPath }),
    startContent: () => ask({ kind: 'content' }),
    content: () => undefined,
    finish: () => ask({ kind: 'finish' }),
    abandon: () => undefined,
  };
}

function answered<T>(answer: T | undefined): T {
  if (answer === undefined) throw new TypeError('The scene leaves a question without an answer');
  return answer;
}

type Expected = NumberedStep &
  ({ kind: 'reply'; text: string; isPrefix: boolean } | { kind: 'code'; code: string } | { kind: 'close' });

function isExpected(step: NumberedStep): step is Expected {
  return ['reply', 'code', 'close'].includes(step.kind);
}

function expectReplies(dialogue: Dialogue, { greeting, lines, isClosed }: Explanation): void {
  const said = [greeting, ...lines].flatMap(({ reply }) => (reply === undefined ? [] : reply.split('\n')));
  const expected = dialogue.steps.filter(isExpected);
  for (const step of expected) {
    const at = `line ${step.line}`;
    if (step.kind === 'close') {
      expect(said, at).toEqual([]);
      expect(isClosed, at).toBe(true);
    } else if (step.kind === 'reply') {
      const line = said.shift();
      // An octet a character, as the dialogue has it.
      expect(step.isPrefix ? line?.slice(0, step.text.length) : line, at).toBe(step.text);
    } else {
      let line: string | undefined;
      do {
        line = said.shift();
        expect(line?.slice(0, 3), at).toBe(step.code);
      } while (line?.[3] === '-');
    }
  }
  expect(said, 'replies that nobody expected').toEqual([]);
}

/** Each refusal by policy and each limit that a live session would have recorded is some line's rule. */
function expectRules(dialogue: Dialogue, { greeting, lines }: Explanation): void {
  const told = [greeting, ...lines].flatMap(({ rule, reportOnly = [] }) => [
    ...(rule === undefined ? [] : [rule]),
    ...reportOnly.map((refusal) => refusal.split(':', 1)[0]),
  ]);
  for (const { type, fields } of dialogue.events) {
    if (type === 'refusal' || type === 'limit') expect(told).toContain(fields.rule);
  }
}
