/** Completes the machine's events with what only the shell knows, sends them on, and logs what people look for. */
import type { SessionEvent } from '../../policy/event.ts';
import { isoTime, type Log, type LogFields } from '../log.ts';
import type { EventOrigin, RecordEvent } from './event-origin.ts';
import { type EventSink, newEventId } from './event-recorder.ts';

/** Recipients named in a log line; the event has them all. */
const LOGGED_RECIPIENTS = 10;

/** @param calendar milliseconds since 1970 */
export function sessionRecorder(server: string, sink: EventSink, log: Log, calendar: () => number): RecordEvent {
  const name = `"server":${JSON.stringify(server)}`;
  return (event: SessionEvent, origin: EventOrigin): void => {
    const line = lineOf(event, origin);
    if (line !== undefined) log(line);
    // Put together as text, not copied into a larger object for that to be made JSON.
    // Fast path: 2 µs a message (bench w1); equal by `session-recorder.test.ts`.
    const head = `{"id":"${newEventId()}","at":"${isoTime(calendar())}",${name},${origin.json}`;
    sink.recordJson(head, JSON.stringify(event));
  };
}

/** One line a transaction, a login, a refusal by policy and a limit reached; sessions are in the events alone. */
function lineOf(event: SessionEvent, origin: EventOrigin): LogFields | undefined {
  const { id: session, client } = origin;
  switch (event.type) {
    case 'transaction':
      return transactionLine(event, origin);
    case 'login': {
      const { mechanism, username, verdict, reply } = event;
      return { event: 'login', session, client: client.address, tls: client.tls, mechanism, username, verdict, reply };
    }
    case 'refusal': {
      const { rule, verb, recipient, octets, limit, reply } = event;
      return { event: 'refusal', session, client: client.address, rule, verb, recipient, octets, limit, reply };
    }
    case 'limit': {
      const { rule, limit, reply } = event;
      return { event: 'limit', session, client: client.address, rule, limit, reply };
    }
    default:
      return undefined;
  }
}

function transactionLine(
  event: Extract<SessionEvent, { type: 'transaction' }>,
  { id: session, client, policy }: EventOrigin,
): LogFields {
  const { transaction, identity, sender, octets, verdict, rule, reply, detail } = event;
  const { nextHop, hopTls, durationMs } = event;
  const recipients = event.recipients.slice(0, LOGGED_RECIPIENTS).map((recipient) => recipient.address);
  const refused =
    event.refusedCount === 0
      ? []
      : event.recipients
          .filter(({ outcome }) => outcome === 'refused' || outcome === 'deferred')
          .slice(0, LOGGED_RECIPIENTS)
          .map(({ address, reply: code }) => (code < 400 ? address : `${address} (${code})`));
  return {
    event: 'transaction',
    session,
    transaction,
    client: client.address,
    helo: client.helo,
    tls: client.tls,
    identity,
    sender,
    recipients,
    recipientCount: event.recipients.length,
    acceptedCount: event.acceptedCount,
    refusedCount: event.refusedCount,
    ...(refused.length === 0 ? {} : { refused }),
    octets,
    verdict,
    rule,
    reply,
    detail,
    nextHop,
    hopTls,
    durationMs,
    policyVersion: policy.version,
  };
}
