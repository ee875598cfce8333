/** What an event says, in one line. */

import type { EventAnswer } from '../api/answers.ts';
import { counted } from '../output/counted.ts';

type Members = Readonly<Record<string, unknown>>;

export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

/** The client's address; absent of an event that no client made. */
export function addressOf({ client }: EventAnswer): unknown {
  return membersOf(client).address;
}

export function detailOf(event: EventAnswer): string {
  return phrases(event)
    .filter((phrase) => phrase !== undefined && phrase !== '')
    .join(', ');
}

function phrases(event: EventAnswer): readonly (string | undefined)[] {
  const { type, verdict, rule, reply, limit } = event;
  const by = rule === undefined ? undefined : `rule ${rule}`;
  switch (type) {
    case 'transaction':
      return [`${verdict}`, `<${event.sender}> to ${recipientsText(event.recipients)}`, by, `${reply}`];
    case 'session':
      return [`ended: ${event.ending}`, counted(Number(event.transactions), 'transaction')];
    case 'refusal': {
      const isOver = limit !== undefined && Number(event.octets) > Number(limit);
      const size = isOver ? `${event.octets} octets where ${limit} are allowed` : undefined;
      return [`${event.verb} refused`, by, size, `${reply}`, event.reportOnly === true ? 'only reported' : undefined];
    }
    case 'login':
      return [`${verdict} by ${event.mechanism}`, `${reply}`];
    case 'limit':
      return [`limit of ${limit}`, by, `${reply}`];
    case 'policy-invalid':
      return [`${event.item}`, `${event.problem}`];
    case 'policy-changed':
      return [`${event.item} ${changeText(event)} by ${event.who}`];
    case 'probe':
      return [`${event.host}:${event.port} ${verdict}`, `by the ${event.way} way`, faultsText(event.faults)];
    default:
      return [by];
  }
}

function faultsText(faults: unknown): string {
  const each = (Array.isArray(faults) ? faults : []).map(membersOf);
  return each.map(({ check, detail }) => `${check}: ${detail}`).join('; ');
}

function recipientsText(recipients: unknown): string {
  const [first, ...others] = Array.isArray(recipients) ? recipients : [];
  if (first === undefined) return 'nobody';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `<${membersOf(first).address}>${more}`;
}

function changeText({ before, after }: EventAnswer): string {
  if (before === undefined) return 'made';
  return after === undefined ? 'removed' : 'changed';
}
