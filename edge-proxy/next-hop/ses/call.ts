/** The calls by which a message is handed to Amazon SES. */
import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { SesTag } from '../../../policy/ses-tags.ts';

/** Octets that go by API v1, the cheaper one; its quota of 10 MB counts the message in base64, a third more. */
export const MAX_V1_OCTETS = 7_000_000;

/**
 * Both with `maxAttempts: 1`: a send is not idempotent, and a second attempt may be a second message. Both with a
 * connection timeout, which cannot be given with a call.
 */
export interface SesClients {
  readonly ses: SESClient;
  readonly sesV2: SESv2Client;
  /** What SES counts the message under, and where it reports bounces; the identity's own when absent. */
  readonly configurationSet?: string | undefined;
}

export interface SesSend {
  readonly sender: string;
  /** The envelope's, whatever To and Cc say; never empty, since SES would then go by the header. */
  readonly recipients: readonly string[];
  readonly message: Uint8Array;
  /** What SES names in its events about the message. */
  readonly tags?: readonly SesTag[] | undefined;
}

/** The id that SES gave the message; rejects with what the SDK throws. */
export async function sendToSes(
  clients: SesClients,
  send: SesSend,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const { sender, message } = send;
  const recipients = [...send.recipients];
  const { configurationSet: ConfigurationSetName } = clients;
  const tags = send.tags === undefined ? undefined : [...send.tags];
  if (message.length <= MAX_V1_OCTETS) {
    const command = new SendRawEmailCommand({
      Source: sender,
      Destinations: recipients,
      RawMessage: { Data: message },
      ConfigurationSetName,
      Tags: tags,
    });
    return (await clients.ses.send(command, { abortSignal })).MessageId;
  }
  const command = new SendEmailCommand({
    FromEmailAddress: sender,
    Destination: { ToAddresses: recipients },
    Content: { Raw: { Data: message } },
    ConfigurationSetName,
    EmailTags: tags,
  });
  return (await clients.sesV2.send(command, { abortSignal })).MessageId;
}
