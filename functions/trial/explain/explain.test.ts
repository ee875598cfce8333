import { describe, expect, it } from 'vitest';
import { AssumedHops } from '../assumed-hops.ts';
import { policyOfItems } from '../dry-run-policy.ts';
import { explain } from './explain.ts';

const SETTINGS = { item: 'settings', hostname: 'mx.example.com', authentication: 'none', defaultNextHop: 'ses' };

describe('explain', () => {
  it('stops when its time is over, and says so', async () => {
    const trial = policyOfItems([SETTINGS]);
    if (!trial.ok) throw new TypeError(trial.problem);
    const step = { kind: 'send', octets: Buffer.from('NOOP\r\n') } as const;
    const client = { address: '192.0.2.1', port: 0, tls: false };
    let clockMs = 0;

    const explanation = await explain(
      { server: 'mx', trial: trial.value, client, steps: [step, step, step, step] },
      {
        authenticate: () => Promise.reject(new Error('nobody logs in')),
        checkLimits: () => ({ kind: 'permit' }),
        hops: new AssumedHops(),
        nowMs: () => {
          clockMs += 6000;
          return clockMs;
        },
      },
    );

    expect(explanation.lines.length).toBeGreaterThan(0);
    expect(explanation.lines.length).toBeLessThan(4);
    expect(explanation.isComplete).toBe(false);
  });
});
