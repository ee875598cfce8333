/** What becomes of mail that Amazon SES took: an event each, counted, and a report to the sender where policy wants it. */
import { logProblem, problemOfError } from '../log.ts';
import { type RecordStores, recordEvents } from '../recording/record-events.ts';
import { isReportable, makeReport, type Report } from './report.ts';
import type { DeliveryEvent, ToldDelivery } from './ses-event.ts';
import type { DeliverySettings } from './settings-reader.ts';

export interface ReportMarks {
  /** False when the report about an event was made before. */
  claim(event: DeliveryEvent): Promise<boolean>;
  /** After a report that did not go out, so that the next try makes it. */
  release(event: DeliveryEvent): Promise<void>;
}

export interface DeliveryServices {
  readonly stores: RecordStores;
  readonly settingsOf: (server: string) => Promise<DeliverySettings>;
  readonly marks: ReportMarks;
  /** Rejects with what the SDK throws. */
  readonly sendReport: (report: Report) => Promise<void>;
  readonly nowMs: () => number;
}

/**
 * Records what is told of messages of ours, and reports what their senders are to know.
 *
 * SNS delivers at least once, in any order: an event has the same id each time, and each is counted and reported once.
 * Throws what stores throw; all is then told again.
 *
 * @returns the events that were not known before
 */
export async function recordDeliveries(
  told: readonly ToldDelivery[],
  services: DeliveryServices,
): Promise<readonly DeliveryEvent[]> {
  const recorded = await Promise.all(told.map((each) => recordOne(each, services)));
  return recorded.filter((event) => event !== undefined);
}

async function recordOne(told: ToldDelivery, services: DeliveryServices): Promise<DeliveryEvent | undefined> {
  const settings = await services.settingsOf(told.event.server);
  const event: DeliveryEvent = { ...told.event, keepDays: settings.eventDays };
  const isNew = await recordEvents({ events: [event] }, services.stores);
  if (settings.reportBounces && isReportable(told)) await report(told, event, settings, services);
  return isNew ? event : undefined;
}

async function report(
  told: ToldDelivery,
  event: DeliveryEvent,
  { hostname }: DeliverySettings,
  { marks, sendReport, nowMs }: DeliveryServices,
): Promise<void> {
  if (!(await marks.claim(event))) return;
  try {
    await sendReport(makeReport(told, { hostname: hostname ?? event.server, nowMs: nowMs() }));
  } catch (error) {
    // SES will say the same again: the domain is not verified, say. The event itself is kept.
    if (isFinal(error)) {
      logProblem({
        function: 'record-deliveries',
        server: event.server,
        problem: `No report: ${problemOfError(error)}`,
      });
      return;
    }
    await marks.release(event);
    throw error;
  }
}

/** Errors by which SES refuses a message for what it is; others pass. */
const FINAL = new Set([
  'MessageRejected',
  'MailFromDomainNotVerifiedException',
  'InvalidParameterValue',
  'AccessDenied',
]);

function isFinal(error: unknown): boolean {
  return error instanceof Error && FINAL.has(error.name);
}
