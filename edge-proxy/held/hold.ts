/** Makes held mail of a message: what is stored is what the hop would have got, with dots as they were written. */
import { createHash } from 'node:crypto';
import { type HeldItem, heldContentKey, serverState } from '../../policy/held.ts';
import { nextHopName } from '../../policy/next-hop.ts';
import type { Policy } from '../../policy/snapshot.ts';
import type { MailCommand } from '../../protocol/hop/hop-answer.ts';
import type { MessageToHold } from '../kept/screened-content.ts';
import { taggedContent } from '../kept/tagged-content.ts';
import type { HopPart } from '../next-hop/handover.ts';
import { DotUnstuffer } from '../next-hop/ses/dot-unstuffer.ts';
import type { HeldStore } from './held-store.ts';

/** The transaction that a rule holds. */
export interface HeldOrigin {
  readonly id: string;
  readonly server: string;
  readonly session: string;
  readonly client: HeldItem['client'];
  readonly identity: string | undefined;
  readonly policy: Policy;
  readonly mail: MailCommand;
  readonly parts: readonly HopPart[];
}

const DAY_SECONDS = 86_400;

/** Stores the message durably. Rejects when it is not sure that it is stored. */
export async function holdMessage(
  store: HeldStore,
  origin: HeldOrigin,
  message: MessageToHold,
  nowMs: number,
): Promise<void> {
  const hash = createHash('sha256');
  let octets = 0;
  for await (const piece of storedOctets(message)) {
    hash.update(piece);
    octets += piece.length;
  }
  const item = itemOf(origin, message, nowMs, { octets, sha256: hash.digest('hex') });
  await store.hold(item, { octets, read: () => storedOctets(message) });
}

function itemOf(
  origin: HeldOrigin,
  { screened }: MessageToHold,
  nowMs: number,
  content: Pick<HeldItem, 'octets' | 'sha256'>,
): HeldItem {
  const { id, server, session, client, identity, policy, mail, parts } = origin;
  const at = new Date(nowMs).toISOString();
  return {
    id,
    server,
    state: 'held',
    serverState: serverState(server, 'held'),
    at,
    session,
    client,
    ...(identity === undefined ? {} : { identity }),
    policyVersion: policy.version,
    sender: mail.path,
    ...(mail.body === undefined ? {} : { body: mail.body }),
    ...(mail.isSmtpUtf8 ? { smtpUtf8: true } : {}),
    recipients: parts.flatMap(({ hop, recipients }) =>
      recipients.map((address) => ({ address, nextHop: nextHopName(hop) })),
    ),
    rule: screened.verdict.decisive?.rule ?? 'screen',
    screen: screened.record,
    ...content,
    content: heldContentKey(id, at),
    expiresAt: Math.floor(nowMs / 1000) + policy.settings.holdDays * DAY_SECONDS,
  };
}

/** The message as it is stored: our Received field, what rules tag it with, then the content. */
async function* storedOctets({ trace, content, screened }: MessageToHold): AsyncGenerator<Uint8Array> {
  yield trace;
  const unstuffer = new DotUnstuffer();
  for await (const piece of taggedContent(content, screened.verdict.tags)) yield* unstuffer.unstuff(piece);
}
