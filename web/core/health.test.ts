import { describe, expect, it } from 'vitest';
import { doorsOf, serverFaults } from './health.ts';

const EVENT = { id: 'x', at: '2026-03-05T14:00:00Z', server: 'inbound' };
const PROBE = { ...EVENT, type: 'probe', host: '192.0.2.1', port: 25, way: 'public' };
const FAULT = { check: 'starttls', detail: 'is not offered', todo: 'give it a certificate' };

describe('what is wrong with a server', () => {
  it('is nothing where all is well', () => {
    expect(serverFaults({ enabled: true, problems: [], events: [{ ...PROBE, faults: [] }] })).toEqual([]);
  });

  it('is named: its state, its items, its last probe of each door, its last certificate', () => {
    const events = [
      { ...PROBE, faults: [FAULT] },
      { ...EVENT, type: 'certificate', secret: 's', outcome: 'failed', detail: 'DNS did not answer' },
      // Older, and corrected since or told already.
      { ...PROBE, faults: [{ ...FAULT, check: 'relay' }] },
      { ...EVENT, type: 'certificate', secret: 's', outcome: 'renewed', detail: '' },
    ];

    const faults = serverFaults({ enabled: false, problems: [{ item: 'domain#x', problem: 'is none' }], events });

    expect(faults).toEqual([
      { what: 'Switched off', detail: 'no session is taken' },
      { what: 'domain#x', detail: 'is none' },
      { what: 'Probe of 192.0.2.1:25, starttls', detail: 'is not offered give it a certificate' },
      { what: 'Certificate', detail: 'DNS did not answer' },
    ]);
    expect(serverFaults({ enabled: null, problems: [], events: [] })[0]?.what).toBe('Not in force');
  });
});

describe('a trouble of a next hop', () => {
  const trouble = { ...EVENT, type: 'next-hop', nextHop: 'smtp://in.example:25', host: 'a.example:25' };
  const ending = {
    ...trouble,
    trouble: 'next-hop-certificate-expiring',
    state: 'begun',
    problem: 'its certificate ends soon',
  };
  const failed = { ...trouble, trouble: 'next-hop-host-failed', state: 'begun', problem: 'ECONNREFUSED' };

  it('is named while it lasts, each by itself', () => {
    const events = [{ ...failed, state: 'over', problem: undefined }, ending, failed];

    expect(serverFaults({ enabled: true, problems: [], events })).toEqual([
      { what: 'Next hop a.example:25', detail: 'soon no mail goes there: its certificate ends soon' },
    ]);
  });
});

describe('the addresses of a server', () => {
  it('are those that the page was told, else those that were probed from outside', () => {
    const doors = [{ server: 'inbound', host: '127.0.0.1', port: 2525, tls: 'starttls' }];
    const probes = [PROBE, { ...PROBE, way: 'private', host: '10.0.0.1' }, PROBE];

    expect(doorsOf('inbound', { api: '', doors }, probes)).toEqual(['127.0.0.1:2525 STARTTLS']);
    expect(doorsOf('inbound', { api: '', doors: [] }, probes)).toEqual(['192.0.2.1:25']);
  });
});
