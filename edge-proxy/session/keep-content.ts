/** Begins kept content for a session: what the message's verdict may need of hops, functions and the held mail's store. */
import { REPLIES } from '../../policy/reply.ts';
import type { HopAnswer } from '../../protocol/hop/hop-answer.ts';
import type { SmtpSession } from '../../protocol/session/session.ts';
import { holdMessage } from '../held/hold.ts';
import { ScreenedContent } from '../kept/screened-content.ts';
import { Handover } from '../next-hop/handover.ts';
import { hopTimeouts } from '../next-hop/next-hop.ts';
import type { QuestionOrigin, SessionQuestions } from './session-questions.ts';
import type { SessionServices } from './session-services.ts';

export interface KeepOptions {
  readonly services: SessionServices;
  readonly questions: SessionQuestions;
  readonly session: SmtpSession;
  readonly origin: QuestionOrigin;
  readonly handover: Handover;
  readonly onDrain: () => void;
}

export function keepContent(options: KeepOptions): ScreenedContent {
  const { services, session, handover, onDrain } = options;
  const { policy } = session;
  const recipients = handover.parts.flatMap((part) => part.recipients);
  // Read now: when the verdict is known, the handover may have been given up.
  const held = heldOrigin(options);
  return new ScreenedContent({
    policy,
    envelope: { sender: handover.mail.path, recipients },
    handover,
    budget: services.keptBudget,
    onDrain,
    hold: async (message) => {
      if (services.heldStore === undefined) throw new Error('no place for held mail is configured');
      await holdMessage(services.heldStore, held, message, services.calendar());
    },
    forward: (address) => forwardTo(address, options),
  });
}

function heldOrigin({
  services,
  questions,
  session,
  origin,
  handover,
}: KeepOptions): Parameters<typeof holdMessage>[1] {
  return {
    id: session.transactionId ?? origin.id,
    server: services.server,
    session: origin.id,
    client: questions.client(),
    identity: session.identityName,
    policy: session.policy,
    mail: handover.mail,
    parts: handover.parts.map(({ hop, recipients }) => ({ hop, recipients: [...recipients] })),
  };
}

/** A handover to the hop of a listed domain's address, as a stranger's mail would go there. */
async function forwardTo(address: string, options: KeepOptions): Promise<Handover | HopAnswer> {
  const { services, questions, session, origin, handover, onDrain } = options;
  const decision = await questions.checkRelayOf(address);
  if (decision.kind !== 'permit') {
    const detail = `forwardTo ${address}: ${decision.reply.code} ${decision.reply.text}`;
    return { reply: REPLIES.contentNotKept, isTaken: false, rule: 'forward', detail };
  }
  const { nextHops, served } = services;
  const target = new Handover({ nextHops, served, client: origin.address, onDrain });
  const group = {
    offers: [{ nextHop: decision.nextHop, forwardPath: address }],
    mail: handover.mail,
    identity: session.identityName,
    transaction: session.transactionId,
    timeouts: hopTimeouts(session.policy.settings),
  };
  const [answer] = await new Promise<readonly HopAnswer[]>((resolve) => target.offerRecipients(group, resolve));
  if (answer === undefined) throw new TypeError('A next hop has no answer to a recipient');
  if (answer.isTaken) return target;
  target.abandon();
  return answer;
}
