/**
 * Functions are deployed minutes before proxies, and a service that is rolled back keeps the new functions: what the last
 * release asks must be understood by this one, and what this one answers by the last.
 */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as decision from '../../policy/decision.ts';
import * as request from '../../policy/request.ts';
import recorded from './last-release.json' with { type: 'json' };

const FUNCTIONS = {
  authenticate: [request.authenticateRequestSchema, decision.authenticateDecisionSchema],
  'check-relay': [request.checkRelayRequestSchema, decision.checkRelayDecisionSchema],
  'check-limits': [request.checkLimitsRequestSchema, decision.checkLimitsDecisionSchema],
} as const;

describe.each(Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[])('%s', (name) => {
  const [requests, decisions] = FUNCTIONS[name];

  it('understands what the last release asks', () => {
    for (const asked of recorded.requests[name]) expect(requests.safeParse(asked).error).toBeUndefined();
  });

  it('answers what the last release understands', () => {
    for (const answer of recorded.decisions[name]) expect(decisions.safeParse(answer).error).toBeUndefined();
  });

  // A proxy believes no decision with a field that it does not know. A new one may be given only to a proxy that says, in
  // a new field of its request, that it knows it; when all do, it is written into the record.
  it('says nothing that the last release does not know', () => {
    const { anyOf = [], oneOf = [] } = z.toJSONSchema(decisions, { io: 'input', unrepresentable: 'any' });
    const known: Readonly<Record<string, readonly string[]>> = recorded.fields[name];

    const kinds = [...anyOf, ...oneOf] as unknown as readonly { properties: { kind: { const: string } } }[];
    expect(kinds).toHaveLength(3);
    for (const { properties } of kinds)
      expect(known[properties.kind.const]).toEqual(expect.arrayContaining(Object.keys(properties)));
  });
});
