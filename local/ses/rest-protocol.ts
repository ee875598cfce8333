/** SendEmail of API v2, raw content only: JSON over REST. */
import * as z from 'zod';
import { type Answer, type SendProtocol, type SendRequest, SesError } from './send-request.ts';

const addresses = z.array(z.string()).default([]);
const bodySchema = z.object({
  FromEmailAddress: z.string().default(''),
  Destination: z.object({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses }),
  Content: z.object({ Raw: z.object({ Data: z.string() }) }),
  EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
});

export const SEND_EMAIL_PATH = '/v2/email/outbound-emails';

export const REST_PROTOCOL: SendProtocol = {
  operation: 'SendEmail',
  maxMessageOctets: 41_943_040,
  invalidCode: 'BadRequestException',

  parse(body: Buffer): SendRequest {
    const { FromEmailAddress, Destination, Content, EmailTags } = parseBody(body);
    const { ToAddresses, CcAddresses, BccAddresses } = Destination;
    return {
      sender: FromEmailAddress,
      recipients: [...ToAddresses, ...CcAddresses, ...BccAddresses],
      message: Buffer.from(Content.Raw.Data, 'base64'),
      tags: EmailTags.map(({ Name: name, Value: value }) => ({ name, value })),
    };
  },

  success(messageId: string): Answer {
    return json(200, {}, { MessageId: messageId });
  },

  failure({ status, code, message }: SesError): Answer {
    return json(status, { 'x-amzn-errortype': code }, { message });
  },
};

function parseBody(body: Buffer): z.output<typeof bodySchema> {
  try {
    return bodySchema.parse(JSON.parse(body.toString()));
  } catch (cause) {
    throw new SesError(400, 'BadRequestException', `Only raw content is taken here: ${String(cause).slice(0, 200)}`);
  }
}

function json(status: number, headers: Readonly<Record<string, string>>, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
