/** Completes the machine's events with what only the shell knows, sends them on, and logs what people look for. */
import type { PosternEvent, SessionEvent } from '../policy/event.ts';
import { type EventSink, newEventId } from './event-recorder.ts';
import type { Log, LogFields } from './log.ts';
import type { EventOrigin, SessionServices } from './session-services.ts';

/** Recipients named in a log line; the event has them all. */
const LOGGED_RECIPIENTS = 10;

/** @param calendar milliseconds since 1970 */
export function sessionRecorder(
  server: string,
  sink: EventSink,
  log: Log,
  calendar: () => number,
): SessionServices['record'] {
  return (event: SessionEvent, origin: EventOrigin): void => {
    const complete: PosternEvent = {
      ...event,
      id: newEventId(),
      at: new Date(calendar()).toISOString(),
      server,
      session: origin.id,
      client: origin.client,
      policyVersion: origin.policy.version,
      keepDays: origin.policy.settings.eventDays,
    };
    const line = lineOf(complete);
    if (line !== undefined) log(line);
    sink.record(complete);
  };
}

/** One line a transaction, a login, a refusal by policy and a limit reached; sessions are in the events alone. */
function lineOf(event: PosternEvent): LogFields | undefined {
  switch (event.type) {
    case 'transaction':
      return transactionLine(event);
    case 'login': {
      const { session, client, mechanism, username, verdict, reply } = event;
      return { event: 'login', session, client: client.address, tls: client.tls, mechanism, username, verdict, reply };
    }
    case 'refusal': {
      const { session, client, rule, verb, octets, limit, reply } = event;
      return { event: 'refusal', session, client: client.address, rule, verb, octets, limit, reply };
    }
    case 'limit': {
      const { session, client, rule, limit, reply } = event;
      return { event: 'limit', session, client: client.address, rule, limit, reply };
    }
    default:
      return undefined;
  }
}

function transactionLine(event: Extract<PosternEvent, { type: 'transaction' }>): LogFields {
  const { session, transaction, client, identity, sender, octets, verdict, rule, reply, detail } = event;
  const { nextHop, durationMs } = event;
  const recipients = event.recipients.slice(0, LOGGED_RECIPIENTS).map((recipient) => recipient.address);
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
    octets,
    verdict,
    rule,
    reply,
    detail,
    nextHop,
    durationMs,
    policyVersion: event.policyVersion,
  };
}
