/** The account's quota of recipients a second, as Amazon SES tells it. */
import { GetSendQuotaCommand, type SESClient } from '@aws-sdk/client-ses';
import { errorText, type Log } from '../../log.ts';

/** Milliseconds; no message waits for it. */
const BOUND_MS = 10_000;

/** Reads the rate; logs once that it cannot be read, as where the task lacks `ses:GetSendQuota`. */
export function sendRateReader(ses: SESClient, log: Log): () => Promise<number | undefined> {
  let hasTold = false;
  return async () => {
    try {
      const { MaxSendRate } = await ses.send(new GetSendQuotaCommand(), { abortSignal: AbortSignal.timeout(BOUND_MS) });
      return MaxSendRate;
    } catch (error) {
      if (!hasTold) log({ event: 'ses-rate-unknown', problem: errorText(error) });
      hasTold = true;
      throw error;
    }
  };
}
