import { expect, it } from 'vitest';
import { eventSchema } from '../../policy/event.ts';
import type { ProbeOptions } from '../probe/context.ts';
import type { ProbeReport, ProbeStep } from '../probe/report.ts';
import { certificateProblem, certificateRequestSchema, type ProbeTarget, probeServers } from './probe-servers.ts';

const AT_MS = Date.UTC(2026, 10, 30, 12);
const TARGET: ProbeTarget = {
  server: 'mx1',
  host: '192.0.2.1',
  port: 587,
  tls: 'starttls',
  kind: 'submission',
  name: 'mx1.example.com',
  way: 'public',
};
const USERS = { mx1: { username: 'probe@example.com', password: 'a secret' } };

async function probed(steps: readonly ProbeStep[], target: ProbeTarget = TARGET) {
  const asked: ProbeOptions[] = [];
  const events = await probeServers({
    targets: [target],
    users: USERS,
    nowMs: () => AT_MS,
    probe: async (options): Promise<ProbeReport> => {
      asked.push(options);
      return { ...options.door, kind: options.kind, at: new Date(AT_MS).toISOString(), steps };
    },
  });
  return { event: events[0], asked: asked[0] };
}

it('tells of a server that has no fault', async () => {
  const { event } = await probed([{ check: 'certificate-expiry', outcome: 'ok', detail: '40 days left', days: 40 }]);

  expect(event).toMatchObject({ type: 'probe', server: 'mx1', way: 'public', verdict: 'clean', certificateDays: 40 });
  expect(eventSchema.safeParse(event).success).toBe(true);
});

it('names each fault, with what to do', async () => {
  const { event } = await probed([
    { check: 'tls', outcome: 'ok', detail: 'TLSv1.3' },
    { check: 'relay', outcome: 'fault', detail: 'taken from a stranger', todo: 'refuse' },
  ]);

  expect(event).toMatchObject({
    verdict: 'faults',
    faults: [{ check: 'relay', detail: 'taken from a stranger', todo: 'refuse' }],
  });
});

it('logs in where users do, and nowhere else; the password is in no event', async () => {
  const submission = await probed([]);
  const inbound = await probed([], { ...TARGET, kind: 'inbound', port: 25 });

  expect(submission.asked?.login).toEqual(USERS.mx1);
  expect(inbound.asked?.login).toBeUndefined();
  expect(JSON.stringify(submission.event)).not.toContain('a secret');
});

it('says what of a certificate would keep senders away, and of nothing else', async () => {
  const problemWith = async (check: string) => {
    const { event } = await probed([{ check, outcome: 'fault', detail: 'ends tomorrow', todo: '' }]);
    return certificateProblem(event === undefined ? [] : [event]);
  };

  expect(await problemWith('certificate-expiry')).toBe('mx1: certificate-expiry: ends tomorrow');
  expect(await problemWith('greeting')).toBe('mx1: greeting: ends tomorrow');
  expect(await problemWith('vrfy')).toBeUndefined();
});

it('reads what CloudFormation asks', () => {
  const request = { RequestType: 'Create', ResourceProperties: { Targets: JSON.stringify([TARGET]) } };

  expect(certificateRequestSchema.parse(request).ResourceProperties.Targets).toEqual([TARGET]);
});
