/**
 * Opens a connection to a next hop: to each of its hosts in turn, and to each address of a host, until one is ready.
 *
 * Each try has the whole time, those that failed lately come last, and all of them together have no more than
 * `MAX_TIMES` as long: the client waits for the reply to its RCPT (5 minutes, RFC 5321 section 4.5.3.2.3).
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import {
  type HopHost,
  hopHostName,
  type NextHopTls,
  nextHopName,
  type SmtpNextHop,
} from '../../../../policy/next-hop.ts';
import type { HopAnswer } from '../../../../protocol/hop/hop-answer.ts';
import { hopDown } from '../../../../protocol/hop/hop-reply.ts';
import type { Faults } from '../../../faults.ts';
import { ConnectionRace } from './connection-race.ts';
import type { HopConnection } from './hop-connection.ts';
import { HopStatus } from './hop-status.ts';
import { type Opened, OpeningFailed, runOpening } from './opening.ts';
import { type LoginTurn, loginFailed, type OwnLogin } from './own-login.ts';

export interface OpenHopOptions {
  /** The name that EHLO says, where the hop names none. */
  readonly ehloName: string;
  /** For one try, from the first packet to the last EHLO, a second one in the clear included. */
  readonly connectMs: number;
  /** TLS or no connection, whatever `tls` says; verified only where it says `require`. */
  readonly mustTls?: boolean;
  /** The login that the hop's `auth` names. @default none is made */
  readonly ownLogin?: OwnLogin | undefined;
  /** What is remembered of the hop. @default nothing */
  readonly status?: HopStatus | undefined;
  /** Where faults of ours are told. @default no one reads */
  readonly faults?: Faults | undefined;
}

const MAX_TIMES = 4;
/** Milliseconds before its end in which a certificate is told of, as with our own: 21 days. */
const SOON_MS = 21 * 86_400_000;

/** A connection ready for MAIL, its listener still to be set; else what the client hears. Never rejects. */
export async function openHop(hop: SmtpNextHop, options: OpenHopOptions): Promise<HopConnection | HopAnswer> {
  const { mustTls = false, connectMs, status = new HopStatus(nextHopName(hop)), faults } = options;
  if (mustTls && hop.tls === 'never') return hopDown('TLS is needed, and policy says tls=never');
  // Read first, so that nothing stands between the replies of the hop and what is done about them.
  const ca = hop.ca === undefined ? undefined : await readFile(hop.ca).catch((error: Error) => error);
  if (ca instanceof Error) return hopDown(ca.message);
  const login = await options.ownLogin?.take();
  if (typeof login === 'string') return loginFailed(login);
  try {
    const untilMs = performance.now() + MAX_TIMES * connectMs;
    return await openFirst(hop, {
      ...options,
      ehloName: hop.ehlo ?? options.ehloName,
      mustTls,
      status,
      faults,
      ca,
      login,
      untilMs,
    });
  } finally {
    login?.end();
  }
}

/** A connection to the first host that is ready. */
async function openFirst(hop: SmtpNextHop, options: TryOptions): Promise<HopConnection | HopAnswer> {
  const { status, untilMs } = options;
  const tries = new HostTries(hop, options);
  const answers: HopAnswer[] = [];
  for (const host of status.health.order(hop.hosts, hopHostName)) {
    if (answers.length > 0 && performance.now() >= untilMs) break;
    const opened = await tries.openHost(host);
    if (!(opened instanceof OpeningFailed)) return opened;
    const { answer, at } = opened;
    if (at === 'login') return answer;
    answers.push(hop.hosts.length === 1 ? answer : { ...answer, detail: `${hopHostName(host)}: ${answer.detail}` });
  }
  return answerOfAll(answers);
}

/** The last answer, with what each host failed of. */
function answerOfAll(answers: readonly HopAnswer[]): HopAnswer {
  const last = answers.at(-1);
  if (last === undefined || answers.length === 1) return last ?? hopDown('no host');
  return { ...last, detail: hopDown(answers.map(({ detail }) => detail).join('; ')).detail ?? '' };
}

interface TryOptions extends OpenHopOptions {
  readonly mustTls: boolean;
  readonly status: HopStatus;
  readonly ca: Buffer | undefined;
  readonly login: LoginTurn | undefined;
  /** When no further try begins. */
  readonly untilMs: number;
}

/** One address, or all of them at a time as far as TCP goes. */
interface Tried {
  /** Undefined where none answered. */
  readonly address: string | undefined;
  readonly opened: Opened | OpeningFailed;
}

class HostTries {
  readonly #hop: SmtpNextHop;
  readonly #options: TryOptions;

  constructor(hop: SmtpNextHop, options: TryOptions) {
    this.#hop = hop;
    this.#options = options;
  }

  async openHost(host: HopHost): Promise<HopConnection | OpeningFailed> {
    const { status } = this.#options;
    const name = hopHostName(host);
    status.health.choose(name);
    const opened = await this.#tryAddresses(host);
    if (opened instanceof OpeningFailed) {
      // The host is well: it is our login that is not.
      if (opened.at === 'login') return opened;
      status.health.failed(name);
      status.begin('next-hop-host-failed', opened.message, name);
      return opened;
    }
    const { connection, tlsProblem, certificateEndMs } = opened;
    status.health.succeeded(name);
    status.end('next-hop-host-failed', name);
    if (tlsProblem !== undefined) status.begin('next-hop-tls-failed', tlsProblem, name);
    else if (connection.isTls) status.end('next-hop-tls-failed', name);
    if (certificateEndMs !== undefined) this.#tellExpiry(name, certificateEndMs);
    return connection;
  }

  /** While it is good still: from its end on no mail goes there. */
  #tellExpiry(name: string, endMs: number): void {
    const { status } = this.#options;
    const trouble = 'next-hop-certificate-expiring';
    if (endMs - Date.now() > SOON_MS) status.end(trouble, name);
    else status.begin(trouble, `its certificate ends ${new Date(endMs).toISOString()}`, name);
  }

  async #tryAddresses(host: HopHost): Promise<Opened | OpeningFailed> {
    const { status, untilMs } = this.#options;
    const found = await this.#addressesOf(host.host);
    if (found instanceof OpeningFailed) return found;
    let addresses = status.health.order(found, (address) => addressKey(host, address));
    for (;;) {
      const { address, opened } = await this.#try(host, addresses);
      if (address === undefined) return opened;
      if (!(opened instanceof OpeningFailed)) {
        status.health.succeeded(addressKey(host, address));
        return opened;
      }
      if (opened.at === 'login') return opened;
      status.health.failed(addressKey(host, address));
      addresses = addresses.filter((other) => other !== address);
      if (addresses.length === 0 || performance.now() >= untilMs) return opened;
    }
  }

  async #addressesOf(host: string): Promise<string[] | OpeningFailed> {
    if (isIP(host) !== 0) return [host];
    const timeout = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => timeout.resolve(undefined), this.#options.connectMs);
    try {
      // In the order of RFC 6724, as the system has it.
      const found = await Promise.race([lookup(host, { all: true, order: 'verbatim' }), timeout.promise]);
      if (found === undefined) return new OpeningFailed(hopDown('late at connecting: no answer of DNS'));
      return alternating(found);
    } catch (error) {
      return new OpeningFailed(hopDown(`${(error as NodeJS.ErrnoException).code ?? error} at connecting`));
    } finally {
      clearTimeout(timer);
    }
  }

  async #try(host: HopHost, addresses: readonly string[]): Promise<Tried> {
    const { mustTls, connectMs } = this.#options;
    const byMs = performance.now() + connectMs;
    const tried = await this.#tryWith(host, addresses, byMs, mustTls ? 'require' : this.#hop.tls);
    const { opened, address } = tried;
    // Opportunistic TLS (RFC 7435 section 3): a hop whose TLS is broken is better spoken to in the clear than not at all.
    const canFallBack =
      this.#hop.tls === 'offer' && !mustTls && opened instanceof OpeningFailed && opened.at === 'handshake';
    if (!canFallBack || address === undefined) return tried;
    const inTheClear = await this.#tryWith(host, [address], byMs, 'never');
    if (inTheClear.opened instanceof OpeningFailed) return { address, opened: inTheClear.opened };
    return { address, opened: { ...inTheClear.opened, tlsProblem: opened.message } };
  }

  async #tryWith(host: HopHost, addresses: readonly string[], byMs: number, tls: NextHopTls): Promise<Tried> {
    const { status, ehloName, ca, login, faults } = this.#options;
    const { health } = status;
    const name = hopHostName(host);
    health.begin(name);
    const { connection, address, detail } = await new ConnectionRace({
      addresses,
      port: host.port,
      withinMs: byMs - performance.now(),
      health,
      keyOf: (one) => addressKey(host, one),
      faults,
    }).run();
    health.ended(name);
    if (connection === undefined) return { address: undefined, opened: new OpeningFailed(hopDown(detail)) };
    const opened = await runOpening(connection, {
      host: host.host,
      tls,
      isVerified: this.#hop.tls === 'require',
      ca,
      login,
      ehloName,
      withinMs: byMs - performance.now(),
      faults,
    });
    return { address, opened };
  }
}

function addressKey(host: HopHost, address: string): string {
  return `${hopHostName(host)} ${address}`;
}

/** The addresses in their order, the two families in turn (RFC 8305 section 4). */
function alternating(found: readonly LookupAddress[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  const length = Math.max(first.length, others.length);
  const inTurn = Array.from({ length }, (_, index) => [first[index], others[index]]).flat();
  return [...new Set(inTurn.flatMap((one) => (one === undefined ? [] : [one.address])))];
}
