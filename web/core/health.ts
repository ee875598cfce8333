/** What is wrong with a published server, and where it listens, as far as events and policy tell. */
import type { EventAnswer } from '../../functions/admin/contract/answers/event-answer.ts';
import { listOf, textOf } from './events.ts';

export interface About {
  /** Where the API is, for people. */
  readonly api: string;
  /** Where servers listen, if the page's own server knows. */
  readonly doors: readonly {
    readonly server: string;
    readonly host: string;
    readonly port: number;
    readonly tls: string;
  }[];
}

export interface Fault {
  readonly what: string;
  readonly detail: string;
}

const HOP_TROUBLES: Readonly<Record<string, string>> = {
  'next-hop-host-failed': 'cannot be used',
  'next-hop-tls-failed': 'its TLS is broken, and mail goes to it in the clear',
  'next-hop-certificate-expiring': 'soon no mail goes there',
  'xclient-refused': 'it refuses XCLIENT',
};

interface ServerFacts {
  readonly enabled: boolean | null;
  readonly problems: readonly { readonly item: string; readonly problem: string }[];
  /** Newest first. */
  readonly events: readonly EventAnswer[];
}

export function serverFaults({ enabled, problems, events }: ServerFacts): readonly Fault[] {
  const state =
    enabled === true
      ? []
      : [
          {
            what: enabled === null ? 'Not in force' : 'Switched off',
            detail: enabled === null ? 'its settings do not parse' : 'no session is taken',
          },
        ];
  const items = problems.map(({ item, problem }) => ({ what: item, detail: problem }));
  const probes = newestOf(events, 'probe', ({ host, port, way }) => `${host} ${port} ${way}`).flatMap((event) =>
    listOf(event.faults).map((fault) => ({
      what: `Probe of ${textOf(event.host)}:${textOf(event.port)}, ${textOf(fault.check)}`,
      detail: `${textOf(fault.detail)} ${textOf(fault.todo)}`.trim(),
    })),
  );
  const certificates = newestOf(events, 'certificate', ({ secret }) => textOf(secret))
    .filter(({ outcome }) => outcome === 'failed')
    .map((event) => ({ what: 'Certificate', detail: textOf(event.detail) }));
  const hops = newestOf(events, 'next-hop', ({ nextHop, host, trouble }) => `${nextHop} ${host} ${trouble}`)
    .filter((event) => event.state === 'begun')
    .map((event) => ({
      what: `Next hop ${textOf(event.host ?? event.nextHop)}`,
      detail: `${HOP_TROUBLES[textOf(event.trouble)] ?? textOf(event.trouble)}: ${textOf(event.problem)}`,
    }));
  return [...state, ...items, ...probes, ...certificates, ...hops];
}

/** The newest event of each thing that `nameOf` tells apart. */
function newestOf(
  events: readonly EventAnswer[],
  type: string,
  nameOf: (event: EventAnswer) => string,
): readonly EventAnswer[] {
  const seen = new Map<string, EventAnswer>();
  for (const event of events) if (event.type === type && !seen.has(nameOf(event))) seen.set(nameOf(event), event);
  return [...seen.values()];
}

/** Addresses of a server: those that the page's server knows, else those that were probed. */
export function doorsOf(server: string, about: About | undefined, events: readonly EventAnswer[]): readonly string[] {
  const known = (about?.doors ?? []).filter((door) => door.server === server);
  if (known.length > 0)
    return known.map(({ host, port, tls }) => `${host}:${port} ${tls === 'implicit' ? 'TLS' : 'STARTTLS'}`);
  const probed = newestOf(events, 'probe', ({ host, port }) => `${host} ${port}`);
  return probed.filter(({ way }) => way === 'public').map(({ host, port }) => `${textOf(host)}:${textOf(port)}`);
}
