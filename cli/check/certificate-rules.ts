/** Certificates of others that end soon: of next hops that are verified, and of issuers of tokens. */
import { Conversation, type Door } from '../../functions/probe/conversation.ts';
import { CERTIFICATE_ALARM_DAYS } from '../../policy/metrics.ts';
import type { Finding } from './finding.ts';
import { hopsOf } from './next-hop-rules.ts';
import type { CheckedServer } from './policy-items.ts';

/** When the certificate ends that is shown at a door, milliseconds since 1970; rejects where none is seen. */
export type CertificateEnd = (door: Door) => Promise<number>;

const DAY_MS = 86_400_000;
/** Milliseconds for each step of a look at a certificate. */
const TIMEOUT_MS = 5000;

/**
 * What ends within 21 days or has ended, as an alarm tells it too. A hop that cannot be reached from here, as one in the VPC, is
 * no finding: its tasks look at it.
 */
export async function certificateFindings(
  checked: CheckedServer,
  endOf: CertificateEnd,
  nowMs: number,
): Promise<readonly Finding[]> {
  const { server } = checked;
  const findings = await Promise.all(
    doorsOf(checked).map(async ({ item, door, whose }): Promise<readonly Finding[]> => {
      const endMs = await endOf(door).catch(() => undefined);
      const days = endMs === undefined ? undefined : Math.floor((endMs - nowMs) / DAY_MS);
      if (endMs === undefined || days === undefined || days >= CERTIFICATE_ALARM_DAYS) return [];
      const ends = `${days < 0 ? 'ended' : 'ends'} ${new Date(endMs).toISOString()}`;
      const problem = `the certificate of ${whose} ${door.host}:${door.port} ${ends}: tell who runs it`;
      return [{ level: days < 0 ? 'error' : 'warning', server, item, problem }];
    }),
  );
  return findings.flat();
}

interface LookedAt {
  /** The item that names it. */
  readonly item: string;
  readonly door: Door;
  readonly whose: string;
}

function doorsOf({ snapshot }: CheckedServer): readonly LookedAt[] {
  const hops = [...hopsOf(snapshot)].flatMap(({ hop, items: [item = ''] }) =>
    hop.tls === 'require' ? hop.hosts.map((host) => ({ item, door: { ...host, tls: 'starttls' as const } })) : [],
  );
  const issuers = [...snapshot.inForce].flatMap(([item, value]) =>
    value.kind === 'issuer' ? hostsOf(value.issuer, value.jwksUri).map((door) => ({ item, door })) : [],
  );
  return [
    ...hops.map((looked) => ({ ...looked, whose: 'next hop' })),
    ...issuers.map((looked) => ({ ...looked, whose: 'issuer' })),
  ];
}

/** The hosts that keys are fetched from under TLS, each once. */
function hostsOf(...urls: readonly (string | undefined)[]): readonly Door[] {
  const doors = urls.flatMap((text): Door[] => {
    const url = text === undefined ? undefined : new URL(text);
    if (url?.protocol !== 'https:') return [];
    return [{ host: url.hostname.replaceAll(/[[\]]/g, ''), port: Number(url.port || 443), tls: 'implicit' }];
  });
  return [...new Map(doors.map((door) => [`${door.host}:${door.port}`, door])).values()];
}

/** Looks at a door as a stranger; nothing of it is trusted. */
export async function certificateEnd(door: Door): Promise<number> {
  const conversation = await Conversation.open(door, { timeoutMs: TIMEOUT_MS });
  try {
    if (door.tls === 'starttls') {
      await conversation.reply();
      await conversation.ask(`EHLO ${conversation.literal}`);
      await conversation.ask('STARTTLS');
      await conversation.secure();
    }
    const { tls } = conversation;
    if (tls === undefined) throw new TypeError(`${door.host} shows no certificate`);
    return tls.expiresAtMs;
  } finally {
    conversation.close();
  }
}
