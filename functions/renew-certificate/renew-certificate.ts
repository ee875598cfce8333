/**
 * Renews certificates at two thirds of their life. What fails keeps the old one: tasks go on with it, an event says why,
 * and the next run, a day later, tries again; there are days left for that.
 */
import type { PosternEvent } from '../../policy/event.ts';
import type { Issuer } from './acme-issuer.ts';
import { type CertificateOrder, endOf, problemOfIssued, reasonToRenew } from './certificate-order.ts';
import type { Secrets } from './secrets.ts';

type CertificateEvent = Extract<PosternEvent, { type: 'certificate' }>;

export interface RenewalWork {
  readonly orders: readonly CertificateOrder[];
  readonly secrets: Secrets;
  readonly issuer: Issuer;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Whether to renew what is not due. */
  readonly isForced?: boolean;
}

const KEEP_DAYS = 365;
const DAY_MS = 86_400_000;

/** An event for each order, in order. Never throws for what an issuer or a secret does. */
export async function renewCertificates(work: RenewalWork): Promise<readonly CertificateEvent[]> {
  const events: CertificateEvent[] = [];
  for (const order of work.orders) events.push(await renewOne(order, work));
  return events;
}

async function renewOne(order: CertificateOrder, work: RenewalWork): Promise<CertificateEvent> {
  const { secrets, nowMs } = work;
  let there: string | undefined;
  try {
    there = await secrets.read(order.secret);
    const reason =
      reasonToRenew(there, order.names, nowMs()) ?? (work.isForced === true ? 'it was asked for' : undefined);
    if (reason === undefined) return eventOf(order, 'kept', 'it is not due', there, nowMs());
    const issued = await work.issuer.issue(order);
    const problem = problemOfIssued(issued, order.names, nowMs());
    if (problem !== undefined) return eventOf(order, 'failed', problem, there, nowMs());
    const pem = `${issued.privateKey.trim()}\n${issued.chain.trim()}\n`;
    await secrets.write(order.secret, pem);
    return eventOf(order, 'renewed', reason, pem, nowMs());
  } catch (error) {
    return eventOf(order, 'failed', error instanceof Error ? error.message : 'unknown', there, nowMs());
  }
}

function eventOf(
  { secret, names, issuer }: CertificateOrder,
  outcome: CertificateEvent['outcome'],
  detail: string,
  pem: string | undefined,
  nowMs: number,
): CertificateEvent {
  const endMs = pem === undefined ? undefined : endOf(pem);
  const at = new Date(nowMs).toISOString();
  return {
    type: 'certificate',
    id: `certificate-${secret}-${at}`,
    at,
    server: '*',
    keepDays: KEEP_DAYS,
    secret,
    names: [...names],
    issuer,
    outcome,
    detail: detail.slice(0, 1000),
    ...(endMs === undefined
      ? {}
      : { expiresAtIso: new Date(endMs).toISOString(), daysLeft: Math.floor((endMs - nowMs) / DAY_MS) }),
  };
}
