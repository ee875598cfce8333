/**
 * The next hops' side of one client connection: at most one transaction at a time, at one hop or several.
 *
 * With several, all get the content and none its terminator before the last octet is in; then they commit in turn.
 * What one hop has taken cannot be taken back, so whoever is likeliest to refuse (Amazon SES, which judges the whole
 * message) commits first. The first to refuse ends it: the others' transactions are dropped. So it is inside SES, which is
 * asked for fifty recipients at a time: some may be served when it refuses the others.
 */
import type { Hash } from 'node:crypto';
import { type NextHop, nextHopName } from '../../policy/next-hop.ts';
import { REPLIES, withText } from '../../policy/reply.ts';
import type { HopAnswer, MailCommand } from '../../protocol/hop/hop-answer.ts';
import { MAX_SES_CALL_RECIPIENTS } from '../../protocol/hop/ses-recipient.ts';
import type { RecipientOffer } from '../../protocol/session/effect.ts';
import { AnswersInOrder } from './answers-in-order.ts';
import type { HopTimeouts, HopTransaction, NextHops, RelayedLogin, TakeAnswers, XclientIdentity } from './next-hop.ts';
import { contentHash, type Delivery, type PartialDeliveries } from './partial-deliveries.ts';

export interface HandoverOptions {
  readonly nextHops: NextHops;
  readonly served: PartialDeliveries;
  /** Address of the client: a hop's connections are shared out among clients. */
  readonly client: string;
  /** The slowest hop takes content again. */
  readonly onDrain: () => void;
}

/** Recipients that are offered together, each to its hop. */
export interface OfferedGroup {
  readonly offers: readonly RecipientOffer[];
  readonly mail: MailCommand;
  /** Whether DATA is the client's next command, sent already. */
  readonly isLast?: boolean;
  readonly identity: string | undefined;
  /** Id of the transaction, as the client hears it. */
  readonly transaction?: string | undefined;
  readonly timeouts: HopTimeouts;
  /** Whom hops are told of by XCLIENT. */
  readonly xclientIdentity?: XclientIdentity | undefined;
}

/** Where the session's client has logged in, and the connection that serves it there. */
export interface ReservedHop {
  /** Name of the hop. */
  readonly name: string;
  readonly login: RelayedLogin;
}

/** A hop, and the recipients that it took. */
export interface HopPart {
  readonly hop: NextHop;
  readonly recipients: readonly string[];
}

/** One hop's part in the transaction. */
interface Part extends HopPart {
  readonly name: string;
  readonly transaction: HopTransaction;
  readonly recipients: string[];
  isBlocked: boolean;
}

/** What of a group one hop is asked for: places in the group, and who stands there. */
interface Share {
  readonly part: Part;
  readonly places: number[];
  readonly paths: string[];
}

/** Recipients for whom a hop took the message. */
interface ServedPart {
  readonly part: Part;
  readonly recipients: readonly string[];
}

/** Octets of a reply text that names recipients: the line stays below RFC 5321's 512. */
const MAX_NAMED_OCTETS = 300;

export class Handover {
  readonly #options: HandoverOptions;
  #parts: Part[] = [];
  #mail: MailCommand = { path: '', isSmtpUtf8: false };
  #identity: string | undefined;
  #hash: Hash | undefined;
  #trace: Uint8Array | undefined;
  #reserved: ReservedHop | undefined;
  /** At a single hop, the transaction whose end was said last. */
  #finishing: HopTransaction | undefined;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** Whether a hop is behind: the client must not be read until `onDrain`. */
  get isBlocked(): boolean {
    return this.#parts.some((part) => part.isBlocked);
  }

  /** Whether all content written in the open transaction, or in the one whose end was said last, has left this process; undefined where no one can tell. */
  get isSent(): boolean | undefined {
    const transaction = this.#parts.length === 1 ? this.#parts[0]?.transaction : this.#finishing;
    return transaction?.isSent;
  }

  /** What MAIL said of the transaction. */
  get mail(): MailCommand {
    return this.#mail;
  }

  /** Hops that took a recipient, with those that they took. */
  get parts(): readonly HopPart[] {
    return this.#parts.filter(({ recipients }) => recipients.length > 0);
  }

  /** From now on the session's transactions at that hop take this connection; none when undefined. */
  reserve(reserved: ReservedHop | undefined): void {
    this.#reserved = reserved;
  }

  /** Each hop is asked for its own at once; the answers come in the order of the group, whichever hop is first. */
  offerRecipients(group: OfferedGroup, take: TakeAnswers): void {
    const { offers, mail, isLast, identity } = group;
    this.#mail = mail;
    this.#identity = identity;
    const answers = new AnswersInOrder(offers.length, take);
    for (const { part, places, paths } of this.#sharesOf(group)) {
      let heard = 0;
      const takeShare = (some: readonly HopAnswer[]): void => {
        for (const answer of some) {
          if (answer.isTaken) part.recipients.push(paths[heard] ?? '');
          answers.set(places[heard] ?? 0, answer);
          heard += 1;
        }
        answers.tell();
      };
      part.transaction.offerRecipients(paths, takeShare, isLast === true && places.at(-1) === offers.length - 1);
    }
  }

  /** What of a group each hop is asked for. */
  #sharesOf(group: OfferedGroup): Share[] {
    const shares: Share[] = [];
    for (const [place, { nextHop, forwardPath }] of group.offers.entries()) {
      const name = nextHopName(nextHop);
      const share = shares.find(({ part }) => part.name === name);
      if (share === undefined) {
        const part = this.#parts.find((candidate) => candidate.name === name) ?? this.#begin(group, nextHop, name);
        shares.push({ part, places: [place], paths: [forwardPath] });
      } else {
        share.places.push(place);
        share.paths.push(forwardPath);
      }
    }
    return shares;
  }

  /**
   * Opens the content at every hop that took a recipient; one that refuses ends the transaction at all. At once where
   * the answer has come already.
   */
  startContent(): HopAnswer | Promise<HopAnswer> {
    this.#dropIdle();
    const isWorthADigest = this.#parts.length > 1 || this.#parts.some(isDivided) || !this.#options.served.isEmpty;
    this.#hash = isWorthADigest ? contentHash() : undefined;
    const [first] = this.#parts;
    if (first === undefined) throw new TypeError('No next hop took a recipient');
    const asked = this.#parts.length === 1 ? first.transaction.startContent() : this.#startAll();
    return asked instanceof Promise ? asked.then(this.#onStarted) : this.#onStarted(asked);
  }

  readonly #onStarted = (answer: HopAnswer): HopAnswer => {
    if (!answer.isTaken) this.abandon();
    return answer;
  };

  /** Leaves the hops that took no recipient, and puts the others in the order in which they commit. */
  #dropIdle(): void {
    if (this.#parts.length === 1 && this.#parts[0]?.recipients.length !== 0) return;
    for (const { recipients, transaction } of this.#parts) if (recipients.length === 0) transaction.abandon();
    this.#parts = this.#parts.filter((part) => part.recipients.length > 0).sort(byCommitOrder);
  }

  /** The first refusal, if there is one. */
  async #startAll(): Promise<HopAnswer> {
    const answers = await Promise.all(this.#parts.map(({ transaction }) => transaction.startContent()));
    // One that is spoken to in the clear tells most of those that took it.
    const answer =
      answers.find(({ isTaken }) => !isTaken) ?? answers.find(({ isTls }) => isTls === false) ?? answers[0];
    if (answer === undefined) throw new TypeError('No next hop took a recipient');
    return answer;
  }

  /** The Received field, which is ours and differs with every try; it leaves with the first of the content. */
  writeTrace(field: Uint8Array): void {
    if (this.#parts.length === 0) throw new TypeError('No transaction is open at a next hop');
    this.#trace = field;
  }

  write(octets: Uint8Array): void {
    this.#hash?.update(octets);
    this.#writeHeldTrace();
    this.#writeToAll(octets);
  }

  #writeHeldTrace(): void {
    const trace = this.#trace;
    this.#trace = undefined;
    if (trace !== undefined) this.#writeToAll(trace);
  }

  #writeToAll(octets: Uint8Array): void {
    if (this.#parts.length === 0) throw new TypeError('No transaction is open at a next hop');
    for (const part of this.#parts) part.isBlocked = !part.transaction.write(octets) || part.isBlocked;
  }

  /** Commits at each hop in turn. Taken means taken by all, now or at the try before. */
  finish(): Promise<HopAnswer> {
    this.#writeHeldTrace();
    const parts = this.#parts;
    const [first] = parts;
    const digest = this.#hash?.digest('base64');
    this.#forget();
    // One hop and nothing remembered of it, as nearly always: its answer is all there is to it.
    const isAlone = parts.length === 1 && digest === undefined;
    if (first === undefined || !isAlone) return this.#finishAll(parts, digest);
    this.#finishing = first.transaction;
    return first.transaction.finish();
  }

  async #finishAll(parts: readonly Part[], digest: string | undefined): Promise<HopAnswer> {
    // One that has refused already spares the others what they could not take back.
    const refused = parts.find(({ transaction }) => transaction.refusal !== undefined)?.transaction.refusal;
    if (refused !== undefined) {
      for (const { transaction } of parts) transaction.abandon();
      return refused;
    }
    const served: ServedPart[] = [];
    const details: string[] = [];
    let answer: HopAnswer | undefined;
    for (const [index, part] of parts.entries()) {
      answer = await this.#commit(part, digest);
      if (!answer.isTaken) {
        for (const { transaction } of parts.slice(index + 1)) transaction.abandon();
        if (answer.served !== undefined) served.push({ part, recipients: answer.served });
        return this.#partly(answer, served, digest);
      }
      served.push({ part, recipients: part.recipients });
      details.push(`${part.name}: ${answer.detail ?? answer.reply.text}`);
    }
    if (answer === undefined) throw new TypeError('No transaction is open at a next hop');
    for (const { part, recipients } of served) this.#noteServed('forget', part, recipients, digest);
    return parts.length === 1 ? answer : { ...answer, detail: details.join('; ') };
  }

  abandon(): void {
    const parts = this.#parts;
    this.#forget();
    for (const { transaction } of parts) transaction.abandon();
  }

  #begin(
    { mail, timeouts, xclientIdentity, transaction: id, identity }: OfferedGroup,
    hop: NextHop,
    name: string,
  ): Part {
    const onDrain = (): void => {
      // A transaction given up may still tell that it takes content again.
      if (!part.isBlocked || !this.#parts.includes(part)) return;
      part.isBlocked = false;
      if (!this.isBlocked) this.#options.onDrain();
    };
    const { nextHops, client } = this.#options;
    const reserved = this.#reserved?.name === name ? this.#reserved.login : undefined;
    const options = { mail, timeouts, client, xclientIdentity, transaction: id, identity, onDrain };
    const transaction = reserved === undefined ? nextHops.begin(hop, options) : reserved.begin(options);
    const part: Part = { hop, name, transaction, recipients: [], isBlocked: false };
    this.#parts.push(part);
    this.#finishing = undefined;
    return part;
  }

  async #commit(part: Part, digest: string | undefined): Promise<HopAnswer> {
    const delivery = this.#delivery(part, digest);
    if (delivery === undefined) return part.transaction.finish();
    const isServed = (recipient: string): boolean => this.#options.served.has(delivery, recipient);
    if (!part.recipients.every(isServed)) return part.transaction.finish(isServed);
    part.transaction.abandon();
    return { reply: REPLIES.ok, isTaken: true, rule: 'next-hop', detail: 'taken at an earlier try' };
  }

  /** A later hop refused. Temporary: its client comes again, and the served are spared. Final: its client must know. */
  #partly(answer: HopAnswer, served: readonly ServedPart[], digest: string | undefined): HopAnswer {
    if (served.length === 0) return answer;
    const names = served.map(({ part, recipients }) => `${part.name} took it for ${recipients.length}`).join(', ');
    const detail = `${names}; not for all${answer.detail === undefined ? '' : `: ${answer.detail}`}`;
    if (answer.reply.code < 500) {
      for (const { part, recipients } of served) this.#noteServed('remember', part, recipients, digest);
      return { ...answer, detail };
    }
    const [firstLine = ''] = answer.reply.text.split('\n');
    const already = named(served.flatMap(({ recipients }) => recipients));
    return {
      ...answer,
      reply: withText(answer.reply, `${firstLine.slice(0, 100)}; already delivered to ${already}`),
      detail,
    };
  }

  #noteServed(
    change: 'remember' | 'forget',
    part: Part,
    recipients: readonly string[],
    digest: string | undefined,
  ): void {
    const delivery = this.#delivery(part, digest);
    if (delivery !== undefined) this.#options.served[change](delivery, recipients);
  }

  #delivery(part: Part, digest: string | undefined): Delivery | undefined {
    if (digest === undefined) return undefined;
    return { hop: part.name, identity: this.#identity, sender: this.#mail.path, digest };
  }

  #forget(): void {
    this.#parts = [];
    this.#hash = undefined;
    this.#trace = undefined;
  }
}

/** Whether a hop is asked for the recipients in several calls, of which a later one may fail. */
function isDivided({ hop, recipients }: Part): boolean {
  return hop.kind === 'ses' && recipients.length > MAX_SES_CALL_RECIPIENTS;
}

/** Amazon SES first; the others as they were first named. */
function byCommitOrder(a: Part, b: Part): number {
  return Number(b.hop.kind === 'ses') - Number(a.hop.kind === 'ses');
}

/** Addresses in printable US-ASCII, as many as fit. */
function named(recipients: readonly string[]): string {
  let text = '';
  for (const [index, recipient] of recipients.entries()) {
    const next = `${text === '' ? '' : ', '}${recipient.replace(/[^\x21-\x7E]/g, '?')}`;
    if (text.length + next.length > MAX_NAMED_OCTETS) return `${text} and ${recipients.length - index} more`;
    text += next;
  }
  return text;
}
