/** What an event says, in one line. */
import type { EventAnswer } from '../../../functions/admin/contract/answers/event-answer.ts';
import { changeText } from '../../differences.ts';
import { counted } from '../../output/counted.ts';
import type { Style } from '../../output/table.ts';
import { recipientsText } from './recipients-text.ts';

type Members = Readonly<Record<string, unknown>>;

export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

/** The client's address; absent of an event that no client made. */
export function addressOf({ client }: EventAnswer): unknown {
  return membersOf(client).address;
}

const DELIVERY_STYLES: Readonly<Record<string, Style>> = { delivered: 'green', delayed: 'yellow' };

/** Red for what was refused, yellow for what may yet come, green for what was taken. */
export function styleOf({ type, verdict, outcome, reportOnly }: EventAnswer): Style | undefined {
  if (type === 'delivery') return DELIVERY_STYLES[`${outcome}`] ?? 'red';
  if (verdict === 'accepted' || verdict === 'permit') return 'green';
  if (verdict === 'deferred' || verdict === 'defer' || verdict === 'abandoned' || reportOnly === true) return 'yellow';
  const isBad = verdict === 'refused' || verdict === 'reject' || ['refusal', 'limit', 'policy-invalid'].includes(type);
  return isBad ? 'red' : undefined;
}

export function detailOf(event: EventAnswer): string {
  return phrases(event)
    .filter((phrase) => phrase !== undefined && phrase !== '')
    .join(', ');
}

function phrases(event: EventAnswer): readonly (string | undefined)[] {
  const { type, rule, reply, limit } = event;
  const by = rule === undefined ? undefined : `rule ${rule}`;
  switch (type) {
    case 'transaction':
      return [recipientsText(event), `from <${event.sender}>`, by, `${reply}`];
    case 'session':
      return [`ended: ${event.ending}`, counted(Number(event.transactions), 'message')];
    case 'refusal':
      return [refusalText(event), by, sizeText(event), `${reply}`];
    case 'login':
      return [
        `login ${LOGINS[`${event.verdict}`] ?? event.verdict} (${event.mechanism})`,
        `${event.username}`,
        `${reply}`,
      ];
    case 'limit':
      return [`limit of ${limit}`, by, `${reply}`];
    case 'policy-invalid':
      return [`${event.item}`, `${event.problem}`];
    case 'policy-changed':
      return [`${event.item} ${changedText(event)} by ${event.who}`, attributesText(event)];
    case 'certificate':
      return [`${event.outcome}: ${event.detail}`, `${event.names}`];
    case 'held':
      return [
        `${event.transaction} ${event.act}`,
        `by ${event.who}`,
        event.detail === undefined ? undefined : `${event.detail}`,
      ];
    case 'users-exported':
      return [`verifiers of ${counted(Number(event.count), 'user')} exported by ${event.who}`];
    case 'delivery':
      return [`${event.transaction} ${deliveryText(event)}`, `SES message ${event.sesMessage}`];
    case 'next-hop':
      return [
        `${event.host ?? event.nextHop}: ${event.trouble}${event.state === 'over' ? ' is over' : ''}`,
        event.problem === undefined ? undefined : `${event.problem}`,
      ];
    case 'probe':
      return [`${event.host}:${event.port} ${event.verdict}`, `by the ${event.way} way`, faultsText(event.faults)];
    default:
      return [by];
  }
}

function deliveryText({ outcome, bounce, recipients, detail }: EventAnswer): string {
  const each = (Array.isArray(recipients) ? recipients : []).map(membersOf);
  const whom = each.map(({ address, detail: own }) => `${address}${own === undefined ? '' : ` (${own})`}`).join(', ');
  const what = bounce === undefined || bounce === 'permanent' ? `${outcome}` : `${outcome} (${bounce})`;
  return `${what}${detail === undefined ? '' : ` (${detail})`}: ${whom}`;
}

function faultsText(faults: unknown): string {
  const each = (Array.isArray(faults) ? faults : []).map(membersOf);
  return each.map(({ check, detail }) => `${check}: ${detail}`).join('; ');
}

const LOGINS: Readonly<Record<string, string>> = { permit: 'ok', reject: 'failed', defer: 'put off' };

/** A client that is turned away says no verb. */
function refusalText({ verb, recipient, reportOnly }: EventAnswer): string {
  const what = typeof verb === 'string' && verb !== '' && verb !== 'connect' ? verb : 'connection';
  const whom = recipient === undefined ? '' : ` for <${recipient}>`;
  return reportOnly === true ? `${what}${whom} would be refused (reportOnly)` : `${what}${whom} refused`;
}

function sizeText({ octets, limit }: EventAnswer): string | undefined {
  const isOver = limit !== undefined && Number(octets) > Number(limit);
  return isOver ? `${octets} octets where ${limit} are allowed` : undefined;
}

const ACTIONS: Readonly<Record<string, string>> = {
  made: 'made',
  changed: 'changed',
  deleted: 'removed',
  password: 'given another password',
  unlocked: 'unlocked',
};

function changedText({ action, before, after }: EventAnswer): string {
  if (typeof action === 'string') return ACTIONS[action] ?? action;
  if (membersOf(after).unlocked !== undefined) return 'unlocked';
  if (before === undefined) return 'made';
  return after === undefined ? 'removed' : 'changed';
}

function attributesText({ before, after }: EventAnswer): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  return changeText({ kind: 'change', item: '', before: membersOf(before), after: membersOf(after) });
}
