/** What became of a message after Amazon SES took it. */
import type { MessageAnswer } from '../../../functions/admin/contract/answers/message-answer.ts';
import type { Style } from '../../output/table.ts';

type Recipient = MessageAnswer['recipients'][number];
type Delivery = NonNullable<Recipient['deliveries']>[number];

/** Recipients that are named. */
const NAMED = 3;

/** Outcomes after which a message is not where it was to go, or not wanted there. */
const BAD: readonly string[] = ['bounced', 'complained', 'rejected'];

const WORDS: Readonly<Record<string, string>> = {
  delivered: 'delivered',
  delayed: 'delayed',
  bounced: 'bounced',
  complained: 'complained of',
  rejected: 'rejected by SES',
};

/**
 * `taken by SES 10:02:11, bounced 10:02:15: 550 5.1.1 user unknown`; with the recipients where there are several.
 *
 * @param time shows an ISO time
 * @returns nothing where SES told nothing
 */
export function deliveriesText({ at, recipients }: MessageAnswer, time: (iso: string) => string): string | undefined {
  const told = recipients.filter(hasDeliveries);
  if (told.length === 0) return undefined;
  const isOne = recipients.filter(({ nextHop }) => nextHop === 'ses').length <= 1;
  const each = told.slice(0, NAMED).map(({ address, deliveries }) => {
    const text = deliveries.map((delivery) => deliveryText(delivery, time)).join(', ');
    return isOne ? text : `${address} ${text}`;
  });
  const more = told.length > NAMED ? [`and ${told.length - NAMED} more`] : [];
  return `taken by SES ${time(at)}, ${[...each, ...more].join('; ')}`;
}

function deliveryText({ at, outcome, bounce, detail }: Delivery, time: (iso: string) => string): string {
  const soft = bounce === undefined || bounce === 'permanent' ? '' : ` (${bounce})`;
  return `${WORDS[outcome] ?? outcome}${soft} ${time(at)}${detail === undefined ? '' : `: ${detail}`}`;
}

/** Red for what bounced, was rejected or complained of, yellow for what waits; none where there is no more to say. */
export function deliveriesStyle({ recipients }: MessageAnswer): Style | undefined {
  const last = recipients.filter(hasDeliveries).map(({ deliveries }) => deliveries.at(-1)?.outcome ?? '');
  if (last.some((outcome) => BAD.includes(outcome))) return 'red';
  return last.includes('delayed') ? 'yellow' : undefined;
}

function hasDeliveries(recipient: Recipient): recipient is Recipient & { readonly deliveries: Delivery[] } {
  return recipient.deliveries !== undefined && recipient.deliveries.length > 0;
}
