/** Watches one session of the machine from outside, and throws when it does what no session may do. */
import { RFC5321_LINE_OCTETS } from '../../policy/command-profile.ts';
import type { SessionEvent } from '../../policy/event.ts';
import { encodeReply } from '../../policy/reply.ts';
import { VERBS, type Verb, verbNamed } from '../../policy/verb.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import { decodeBase64 } from '../../protocol/sasl/sasl.ts';
import type { Effect } from '../../protocol/session/effect.ts';
import type { SmtpSession } from '../../protocol/session/session.ts';
import { type StateKind, TRANSITIONS } from '../../protocol/session/session-state.ts';
import { MAX_GROUP } from '../../protocol/verbs/rcpt.ts';
import { ContentWatch } from './content-watch.ts';
import { mustHold } from './target.ts';

/** What the machine asks of a hop, a letter each. */
const HOP_LETTERS: Partial<Record<Effect['kind'], string>> = {
  'start-content': 'S',
  content: 'C',
  finish: 'F',
  abandon: 'A',
};
const COMMAND_STATES: ReadonlySet<StateKind> = new Set<StateKind>(['connected', 'ready', 'mail', 'rcpt']);
const REPLY = /^(?:\d{3}-[\x20-\x7E]*\r\n)*\d{3} [\x20-\x7E]*\r\n$/;
const OUR_PROMISE = /^250 2\.0\.0 OK S\.\d+\r\n$/;

export class MachineWatch {
  readonly #session: SmtpSession;
  readonly #events: SessionEvent[] = [];
  #content: ContentWatch | undefined;
  /** All that the machine took, as Latin-1. */
  #taken = '';
  #told = '';
  #state: StateKind;
  #sendersTaken = 0;
  /** What was taken since the last `check`, and what was answered to it. */
  #fresh = '';
  #answers: string[] = [];
  #permitted: readonly string[] = [];
  #asked: readonly string[] = [];
  /** Whether a hop has taken the recipient whose reply comes next. */
  #isRecipientTaken: boolean | undefined;
  /** Whether the next reply answers the end of a message, and whether it may say 250. */
  #verdict: 'taken' | 'not taken' | undefined;

  constructor(session: SmtpSession) {
    this.#session = session;
    this.#state = session.state;
  }

  took(octets: Buffer): void {
    this.#fresh += octets.toString('latin1');
    this.#taken += octets.toString('latin1');
  }

  /** @param permits one for each recipient that was asked for */
  relayDecided(permits: readonly boolean[]): void {
    this.#permitted = this.#session.state === 'relaying' ? this.#asked.filter((_path, index) => permits[index]) : [];
  }

  /** A message over its sender's limits is dropped, however good it is. */
  limitsDecided(isPermitted: boolean): void {
    if (!isPermitted && this.#session.state === 'counting') this.#content = undefined;
  }

  hopAnswered(answer: HopAnswer): void {
    const isTaken = answer.isTaken && answer.reply.code < 400;
    if (this.#session.state === 'offering') this.#isRecipientTaken = isTaken;
    if (this.#session.state === 'committing') this.#verdict = isTaken ? 'taken' : 'not taken';
  }

  effect(effect: Effect): void {
    mustHold(this.#events.at(-1)?.type !== 'session', 'The session goes on behind its own event');
    this.#told += HOP_LETTERS[effect.kind] ?? '';
    switch (effect.kind) {
      case 'reply':
        this.#reply(encodeReply(effect.reply));
        return;
      case 'record':
        this.#events.push(effect.event);
        return;
      case 'authenticate':
      case 'hop-auth':
        this.#mustBeClean(this.#lastLine(), 'AUTH');
        return;
      case 'hop-auth-response': {
        const line = this.#lastLine();
        this.#mustBeClean(line, 'AUTH');
        mustHold(line === effect.response && decodeBase64(line).ok, 'A response is passed on that is not the one said');
        return;
      }
      case 'check-relay':
        this.#askRelay(effect.recipients);
        return;
      case 'offer-recipients':
        this.#told += 'R'.repeat(effect.offers.length);
        this.#offer(effect);
        return;
      case 'content':
        this.#content?.handOn(effect.octets);
        return;
      case 'finish':
        mustHold(this.#content !== undefined, 'A message is finished that has no content');
        this.#content.mustBeWhole(this.#taken);
        this.#content = undefined;
        return;
      default:
    }
  }

  /** What must hold whenever the machine has been asked for all it has to say. */
  check(): void {
    const { state, policy } = this.#session;
    mustHold(isReachable(this.#state, state), `The session went from ${this.#state} to ${state}`);
    this.#checkAnswers();
    this.#state = state;
    const isTimed = this.#session.deadline() !== undefined;
    const needsTime = state === 'handshake' || !(this.#session.isWaiting || this.#session.isClosed);
    mustHold(isTimed === needsTime, `${isTimed ? 'A' : 'No'} deadline runs in ${state}`);
    mustHold(this.#session.heldOctets <= this.#limit(), () => `${this.#session.heldOctets} octets held in ${state}`);
    if (state !== 'content' && state !== 'counting' && state !== 'committing') {
      this.#content?.mustBeVoid(this.#taken, this.#session.isClosed);
      this.#content = undefined;
    }
    // The hop's answer to DATA: what the machine takes from now on is content.
    if (state === 'opening') this.#content = new ContentWatch(this.#taken.length, policy.settings);
  }

  /** Where one whole line was taken and no more, whether its answer may be a good one. */
  #checkAnswers(): void {
    const line = this.#fresh;
    const isCommand = COMMAND_STATES.has(this.#state) && line.split('\r\n').length === 2 && line.endsWith('\r\n');
    const isWhole = isCommand && ['', '\r\n'].includes(this.#taken.slice(0, -line.length).slice(-2));
    const mayHold8Bit = /^(?:MAIL|RCPT) /i.test(line);
    const isBad = /[\x00-\x1F\x7F]/.test(line.slice(0, -2)) || (!mayHold8Bit && /[\x80-\xFF]/.test(line));
    const isRefused = this.#answers.length > 0 && this.#answers.every((reply) => /^(?:5|421)/.test(reply));
    this.#fresh = '';
    this.#answers = [];
    mustHold(!(isWhole && isBad) || isRefused, () => `A line with bad octets is not refused: ${JSON.stringify(line)}`);
  }

  /** Called once the session is over. */
  end(): void {
    const count = (type: SessionEvent['type']) => this.#events.filter((event) => event.type === type).length;
    mustHold(count('session') === 1, 'A session has not exactly one event');
    mustHold(count('transaction') === this.#sendersTaken, 'A transaction has not exactly one event');
    mustHold(/^(?:R*A|R+SC*A|R+SC+F)*$/.test(this.#told), () => `A hop is told things out of order: ${this.#told}`);
  }

  #reply(reply: string): void {
    mustHold(REPLY.test(reply), () => `A reply is malformed: ${JSON.stringify(reply)}`);
    this.#answers.push(reply);
    if (reply.startsWith('250 2.1.0 ')) this.#sendersTaken += 1;
    const { state } = this.#session;
    const isRecipientTaken = this.#isRecipientTaken;
    this.#isRecipientTaken = undefined;
    const isAnswered = isRecipientTaken === undefined || state === 'closed' || isRecipientTaken === reply < '4';
    mustHold(isAnswered, 'A recipient is answered otherwise than by its hop');
    const verdict = this.#verdict;
    this.#verdict = undefined;
    mustHold(!OUR_PROMISE.test(reply) || verdict === 'taken', '250 to a message that no hop has taken');
    mustHold(verdict !== 'not taken' || reply >= '4', 'A message that was not taken is answered as if it were');
  }

  #askRelay(recipients: readonly string[]): void {
    this.#asked = recipients;
    mustHold(recipients.length > 0 && recipients.length <= MAX_GROUP, 'A group has no member, or too many');
    mustHold(this.#taken.endsWith('\r\n'), 'The machine acts on a line without its end');
    const lines = this.#taken.split('\r\n').slice(-recipients.length - 1, -1);
    for (const [index, recipient] of recipients.entries()) {
      const line = lines[index] ?? '';
      this.#mustBeClean(line.trim(), 'RCPT');
      mustHold(isNamed(line.trim(), recipient), 'Relay is asked for a path nobody named');
    }
  }

  #offer({ offers, mail }: Extract<Effect, { kind: 'offer-recipients' }>): void {
    const areThose = offers.every(({ forwardPath }, index) => forwardPath === this.#permitted[index]);
    mustHold(offers.length > 0 && areThose, 'A recipient is offered that nobody permitted');
    this.#permitted = [];
    const { authentication } = this.#session.policy.settings;
    const isKnown = authentication !== 'required' || this.#session.identityName !== undefined;
    mustHold(isKnown, 'A recipient is offered for a client that has not logged in');
    const line = this.#taken
      .split('\r\n')
      .find((text) => names(text, mail.path) && this.#problem(text, 'MAIL') === undefined);
    mustHold(line !== undefined, 'A sender is handed on that no good MAIL named');
  }

  #lastLine(): string {
    mustHold(this.#taken.endsWith('\r\n'), 'The machine acts on a line without its end');
    return this.#taken.slice(this.#taken.lastIndexOf('\r\n', this.#taken.length - 3) + 1).trim();
  }

  #mustBeClean(line: string, verb: 'AUTH' | 'RCPT'): void {
    const problem = verb === 'AUTH' ? this.#problem(line, verb, /^/) : this.#problem(line, verb);
    mustHold(problem === undefined, `A line is acted on that is ${problem}`);
  }

  #problem(line: string, verb: 'AUTH' | 'RCPT' | 'MAIL', start = new RegExp(`^${verb} `, 'i')): string | undefined {
    if (!start.test(line)) return `no ${verb}`;
    if (/[\x00-\x1F\x7F]/.test(line)) return 'full of bad octets';
    return line.length + 2 > this.#session.policy.commands[verb].maxOctets ? 'too long' : undefined;
  }

  #limit(): number {
    const { state, policy } = this.#session;
    if (state === 'content') return 2;
    if (state === 'exchange') return policy.commands.AUTH.maxOctets;
    // A session that was closed in the middle of a line keeps it, whatever it was.
    if (state === 'closed') return Math.max(RFC5321_LINE_OCTETS, ...VERBS.map((verb) => this.#limitOf(verb)));
    const line = this.#taken.split('\r\n').at(-1) ?? '';
    const verb = verbNamed(/^([A-Za-z]{1,8})[ \r]/.exec(line)?.[1]?.toUpperCase() ?? '');
    return verb === undefined ? RFC5321_LINE_OCTETS : this.#limitOf(verb);
  }

  /** The verb's own, or what its blanks may fill where the profile leaves room for them. */
  #limitOf(verb: Verb): number {
    const { commands, settings } = this.#session.policy;
    const withBlanks = settings.commandProfile === 'isa2000fp1' ? 0 : verb.length + 2 + 64;
    return Math.max(commands[verb].maxOctets, withBlanks);
  }
}

/** `<postmaster>` is told in one case however it was written. */
function isNamed(line: string, recipient: string): boolean {
  return recipient === 'postmaster' ? /[<: ]postmaster(?:[> ]|$)/i.test(utf8(line)) : names(line, recipient);
}

/** Whether a line names an address, in brackets or without; one with odd dots is quoted by us, one with a last dot is not told of it. */
function names(line: string, address: string): boolean {
  const text = utf8(line);
  if (text.includes(`<${address}>`)) return true;
  const end = address.lastIndexOf('@');
  const spellings = [address, `${address.slice(1, end - 1)}${address.slice(end)}`];
  return address !== '' && spellings.some((spelling) => standsAlone(text, spelling));
}

function standsAlone(text: string, spelling: string): boolean {
  for (let at = text.indexOf(spelling); at !== -1; at = text.indexOf(spelling, at + 1)) {
    const isBegun = '<: '.includes(text.charAt(at - 1));
    if (isBegun && /^\.?(?:[> ]|$)/.test(text.slice(at + spelling.length))) return true;
  }
  return false;
}

function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

const REACHABLE = new Map<StateKind, ReadonlySet<StateKind>>();

/** Whether the table of transitions leads from one state to another, in any number of steps. */
function isReachable(from: StateKind, to: StateKind): boolean {
  const known = REACHABLE.get(from);
  if (known !== undefined) return known.has(to);
  const reached = new Set<StateKind>([from]);
  for (const state of reached) for (const next of Object.values(TRANSITIONS[state])) reached.add(next);
  REACHABLE.set(from, reached);
  return reached.has(to);
}
