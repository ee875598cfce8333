/** SendRawEmail of API v1: the AWS query protocol, a form in and XML out. */
import { type Answer, type SendProtocol, type SendRequest, SesError } from './send-request.ts';

const NAMESPACE = 'http://ses.amazonaws.com/doc/2010-12-01/';
const DESTINATION = /^Destinations\.member\.\d+$/;
const TAG_NAME = /^Tags\.member\.(\d+)\.Name$/;

export const QUERY_PROTOCOL: SendProtocol = {
  operation: 'SendRawEmail',
  maxMessageOctets: 10_485_760,
  invalidCode: 'InvalidParameterValue',

  parse(body: Buffer): SendRequest {
    const fields = body.toString('latin1').split('&').map(fieldOf);
    const fieldNamed = (name: string): string => fields.find((field) => field.name === name)?.value ?? '';
    const action = fieldNamed('Action');
    if (action !== 'SendRawEmail') throw new SesError(400, 'InvalidAction', `Only SendRawEmail is here, not ${action}`);
    return {
      sender: fieldNamed('Source'),
      recipients: fields.filter(({ name }) => DESTINATION.test(name)).map(({ value }) => value),
      message: Buffer.from(fieldNamed('RawMessage.Data'), 'base64'),
      tags: fields.flatMap(({ name, value }) => {
        const [, member] = TAG_NAME.exec(name) ?? [];
        return member === undefined ? [] : [{ name: value, value: fieldNamed(`Tags.member.${member}.Value`) }];
      }),
    };
  },

  success(messageId: string, requestId: string): Answer {
    const result = `<SendRawEmailResult><MessageId>${escaped(messageId)}</MessageId></SendRawEmailResult>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return xml(200, `<SendRawEmailResponse xmlns="${NAMESPACE}">${result}${metadata}</SendRawEmailResponse>`);
  },

  failure({ status, code, message }: SesError, requestId: string): Answer {
    const type = status < 500 ? 'Sender' : 'Receiver';
    const error = `<Error><Type>${type}</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>`;
    const id = `<RequestId>${requestId}</RequestId>`;
    return xml(status, `<ErrorResponse xmlns="${NAMESPACE}">${error}${id}</ErrorResponse>`);
  },
};

/**
 * The answer to GetSendQuota: no rate that anything on this machine could reach. `undefined` for a body that asks for
 * something else.
 */
export function sendQuota(body: Buffer, requestId: string): Answer | undefined {
  if (!/(?:^|&)Action=GetSendQuota(?:&|$)/.test(body.toString('latin1', 0, 256))) return undefined;
  const quota = { Max24HourSend: 1e9, MaxSendRate: 1e6, SentLast24Hours: 0 };
  const fields = Object.entries(quota).map(([name, value]) => `<${name}>${value.toFixed(1)}</${name}>`);
  const result = `<GetSendQuotaResult>${fields.join('')}</GetSendQuotaResult>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return xml(200, `<GetSendQuotaResponse xmlns="${NAMESPACE}">${result}${metadata}</GetSendQuotaResponse>`);
}

function fieldOf(pair: string): { readonly name: string; readonly value: string } {
  const at = pair.indexOf('=');
  const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
  return at === -1
    ? { name: decoded(pair), value: '' }
    : { name: pair.slice(0, at), value: decoded(pair.slice(at + 1)) };
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
