/**
 * What a session would be told, line by line, and why: the machine and the functions of a live one, without a client,
 * a next hop or a trace. What only those could tell is assumed, and every assumption is named.
 */
import { encodeReply } from '../../../policy/reply.ts';
import type { Client } from '../../../policy/request.ts';
import { dotStuffed } from '../../../protocol/content/dot-stuffed.ts';
import { isOAuth } from '../../../protocol/sasl/sasl.ts';
import type { Identity } from '../../../protocol/session/session-context.ts';
import type { ExplainedLine, Explanation } from '../../admin/contract/answers/explain-answer.ts';
import { type Decider, DryRun, type DryRunHops, type Turn } from '../dry-run.ts';
import { relayDecider } from '../dry-run-decider.ts';
import type { PolicyOnTrial } from '../dry-run-policy.ts';
import { type Happening, linesOf, says, tell } from './explain-dialogue.ts';

/** One thing that happens, its policy already read. */
export type ExplainStep =
  | { readonly kind: 'send'; readonly octets: Buffer }
  /** A message as it is stored, dots not doubled: DATA where the dialogue has not said it, content, its end. */
  | { readonly kind: 'message'; readonly octets: Buffer }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'happen'; readonly happening: Happening }
  | { readonly kind: 'policy'; readonly trial: PolicyOnTrial };

export interface ExplainQuestion {
  readonly server: string;
  readonly steps: readonly ExplainStep[];
  readonly trial: PolicyOnTrial;
  readonly client: Pick<Client, 'address' | 'port' | 'tls'>;
  /** Logged in before its first MAIL, where it could be. */
  readonly identity?: Identity;
}

export interface ExplainServices {
  /** Who logs in; a password is taken for right. */
  readonly authenticate: Decider['authenticate'];
  readonly checkLimits: Decider['checkLimits'];
  readonly hops: DryRunHops;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Milliseconds after which nothing more is explained: the API answers within 30 s, and a login costs time. */
const BOUND_MS = 20_000;
/** Characters of a line that are shown. */
const SHOWN_LINE = 512;
const HIDDEN = '(hidden)';

export async function explain(question: ExplainQuestion, services: ExplainServices): Promise<Explanation> {
  const explainer = new Explainer(question, services);
  const greeting = await explainer.open();
  const lines: ExplainedLine[] = [];
  for (const step of question.steps) lines.push(...(await explainer.take(step)));
  return { greeting, lines, isClosed: explainer.isClosed, isComplete: explainer.isComplete };
}

class Explainer {
  readonly #run: DryRun;
  readonly #identity: Identity | undefined;
  readonly #isLate: () => boolean;
  #checkRelay: Decider['checkRelay'];
  #isComplete = true;

  constructor(question: ExplainQuestion, { authenticate, checkLimits, hops, nowMs }: ExplainServices) {
    const { server, trial, client, identity } = question;
    const endMs = nowMs() + BOUND_MS;
    this.#isLate = () => nowMs() > endMs;
    this.#checkRelay = relayDecider(trial.relay);
    this.#identity = identity;
    const decider: Decider = {
      authenticate,
      checkRelay: (request) => this.#checkRelay(request),
      checkLimits,
    };
    const { policy } = trial;
    this.#run = new DryRun({ server, policy, client, isImplicitTls: client.tls, decider, hops, calendarMs: nowMs() });
  }

  get isClosed(): boolean {
    return this.#run.session.isClosed;
  }

  /** False once something was left out, since there was no time for it. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  async open(): Promise<ExplainedLine> {
    return this.#explained('(connects)', 0, await this.#run.open(), []);
  }

  async take(step: ExplainStep): Promise<readonly ExplainedLine[]> {
    if (this.#hasNoTime()) return [];
    switch (step.kind) {
      case 'send':
        return this.#send(step.octets);
      case 'message':
        return this.#sendMessage(step.octets);
      case 'wait':
        return [this.#explained(`(waits ${step.seconds} s)`, 0, await this.#run.wait(step.seconds), [])];
      case 'happen':
        return [this.#explained(`(${step.happening})`, 0, await tell(this.#run, step.happening), [])];
      case 'policy': {
        this.#checkRelay = relayDecider(step.trial.relay);
        const { policy } = step.trial;
        const turn = await this.#run.happen((session) => session.offerPolicy(policy));
        return [this.#explained(`(policy ${policy.version} is saved)`, 0, turn, [])];
      }
      default:
        return step satisfies never;
    }
  }

  #hasNoTime(): boolean {
    if (this.#isComplete && this.#isLate()) this.#isComplete = false;
    return !this.#isComplete;
  }

  async #sendMessage(message: Buffer): Promise<readonly ExplainedLine[]> {
    const { session } = this.#run;
    const lines = session.state === 'content' ? [] : await this.#send(Buffer.from('DATA\r\n'));
    if (session.state !== 'content') return lines;
    const turn = await this.#run.send(Buffer.concat([...dotStuffed(message), Buffer.from('.\r\n')]));
    return [...lines, this.#explained('(message)', message.length, turn, [])];
  }

  /** A flight, a line at a time. */
  async #send(octets: Buffer): Promise<readonly ExplainedLine[]> {
    const lines: ExplainedLine[] = [];
    let isDropped = false;
    for (const line of linesOf(octets)) {
      if (this.#hasNoTime()) break;
      const shown = this.#shown(line);
      if (isDropped || this.isClosed) {
        const why = this.isClosed ? 'the connection is closed' : 'dropped: it came in the clear after STARTTLS';
        lines.push({ line: shown, octets: line.length, state: this.#run.session.state, notes: [why] });
        continue;
      }
      const notes = this.#logIn(line);
      const turn = await this.#run.send(line);
      isDropped = turn.asked.has('start-tls');
      lines.push(this.#explained(shown, line.length, turn, notes));
    }
    return lines;
  }

  /** Before its first MAIL the identity has logged in, where AUTH would let it. */
  #logIn(line: Buffer): readonly string[] {
    const { session } = this.#run;
    if (this.#identity === undefined || session.identityName !== undefined || session.state !== 'ready') return [];
    if (!says(line, 'MAIL')) return [];
    return session.assumeIdentity(this.#identity)
      ? [`assumed: ${this.#identity.name} has logged in`]
      : [`${this.#identity.name} is not logged in: AUTH would be refused here`];
  }

  /** Credentials are the caller's own, but an answer is kept, printed and passed on. */
  #shown(octets: Buffer): string {
    const { state } = this.#run.session;
    if (state === 'exchange') return HIDDEN;
    const text = octets.toString('utf8').replace(/\r\n$/, '');
    const auth = state === 'content' ? undefined : /^(AUTH +\S+) +\S/i.exec(text)?.[1];
    const shown = auth === undefined ? text : `${auth} ${HIDDEN}`;
    return shown.length > SHOWN_LINE ? `${shown.slice(0, SHOWN_LINE).toWellFormed()}…` : shown;
  }

  #explained(line: string, octets: number, turn: Turn, notes: readonly string[]): ExplainedLine {
    const last = turn.said.at(-1);
    const limits = turn.events.filter((event) => event.type === 'refusal' || event.type === 'limit');
    const passed = limits.filter((event) => event.type === 'refusal' && event.reportOnly === true);
    const refused = limits.find((event) => !passed.includes(event));
    const screen = turn.screened?.record;
    const rule = last?.rule ?? refused?.rule ?? screen?.rule;
    const reply = turn.said.map(({ reply }) => encodeReply(reply).slice(0, -2).replaceAll('\r\n', '\n')).join('\n');
    const all = [...notes, ...screeningNotes(turn), ...assumptions(turn)];
    const would = [
      ...passed.map(({ reply: text, rule: by }) => `${by}: ${text}`),
      ...(screen?.reported ?? []).map(({ rule: by, action, facts }) => `${by}: ${[action, ...facts].join(', ')}`),
    ];
    return {
      line,
      octets,
      ...(last === undefined ? {} : { reply }),
      ...(rule === undefined ? {} : { rule }),
      ...(refused?.limit === undefined ? {} : { limit: refused.limit }),
      ...(turn.nextHop === undefined ? {} : { nextHop: turn.nextHop }),
      state: this.#run.session.state,
      ...(would.length === 0 ? {} : { reportOnly: would }),
      ...(screen === undefined ? {} : { screen }),
      ...(all.length === 0 ? {} : { notes: all }),
    };
  }
}

/** What becomes of a message that rules judged, where its reply does not tell. */
function screeningNotes({ screened, nextHop }: Turn): readonly string[] {
  if (screened === undefined) return [];
  const { action, decisive, tags, forwardTo } = screened.verdict;
  const facts = decisive === undefined ? [] : [`${decisive.rule} holds: ${decisive.facts.join(', ')}`];
  const done = {
    accept: [],
    refuse: [],
    hold: ['it would be held: stored, and handed on once somebody releases it'],
    discard: ['it would be recorded and dropped'],
    forward: [
      `it would go to ${forwardTo ?? ''}${nextHop === undefined ? '' : ` by ${nextHop}`} in place of its recipients`,
    ],
  }[action];
  return [...facts, ...tags.map(({ name, value }) => `tagged with ${name}: ${value}`), ...done];
}

/** What a live session would have heard from others. */
function assumptions({ asked, said, events, screened }: Turn): readonly string[] {
  const isKept = screened !== undefined && ['hold', 'discard'].includes(screened.verdict.action);
  const isTaken = (said.at(-1)?.reply.code ?? 0) < 400 && !isKept;
  const hasToken = events.some(
    (event) => event.type === 'login' && event.verdict === 'defer' && isOAuth(event.mechanism),
  );
  const hasPassword = events.some(
    (event) => event.type === 'login' && event.verdict === 'permit' && asked.has('authenticate'),
  );
  return [
    ...(hasPassword ? ['assumed: the password is right'] : []),
    ...(hasToken ? ['tokens are not judged here: leave AUTH out, and name an identity'] : []),
    ...(asked.has('start-tls') ? ['assumed: the TLS handshake succeeds'] : []),
    ...(asked.has('learn-mechanisms') ? ['assumed: next hop offers these mechanisms'] : []),
    ...(asked.has('hop-auth') || asked.has('hop-auth-response') ? ['assumed: next hop takes the login'] : []),
    ...(asked.has('check-limits') ? ['assumed: the sending limits are not reached; nothing is counted'] : []),
    ...(isTaken && (asked.has('offer-recipients') || asked.has('finish')) ? ['assumed: next hop takes it'] : []),
  ];
}
