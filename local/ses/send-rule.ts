/** What SES refuses of a send, as far as a client can meet it here: quotas and the header, not identities and lists. */
import { UNREPEATABLE_FIELDS } from '../../policy/ses-unrepeatable-fields.ts';
import type { SendRequest } from './send-request.ts';

/** https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const MAX_RECIPIENTS = 50;
const UNREPEATABLE = new Set<string>(UNREPEATABLE_FIELDS.map((name) => name.toLowerCase()));

/** Why SES would refuse it, in its own words; `undefined` when it would not. */
export function sendProblem({ recipients, message }: SendRequest, maxMessageOctets: number): string | undefined {
  if (recipients.length === 0) return 'There are no recipients specified.';
  if (recipients.length > MAX_RECIPIENTS) return `Recipient count exceeds ${MAX_RECIPIENTS}.`;
  const invalid = recipients.find((address) => !/^[\x21-\x7E]+@[\x21-\x7E]+$/.test(address));
  if (invalid !== undefined) return "Missing final '@domain'";
  if (message.length > maxMessageOctets) {
    return `Message length is more than ${maxMessageOctets} bytes long: '${message.length}'.`;
  }
  const names = fieldNames(message);
  if (!names.some((name) => name.toLowerCase() === 'from')) return "Missing required header 'From'.";
  const repeated = names.find(
    (name, index) =>
      UNREPEATABLE.has(name.toLowerCase()) &&
      names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < index,
  );
  return repeated === undefined ? undefined : `Duplicate header '${repeated}'.`;
}

function fieldNames(message: Buffer): string[] {
  const end = message.indexOf('\r\n\r\n');
  const header = message.toString('latin1', 0, end === -1 ? message.length : end);
  return [...header.matchAll(/^([^\s:]+)[ \t]*:/gm)].map(([, name = '']) => name);
}
