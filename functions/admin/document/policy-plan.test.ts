import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientRule } from '../../../policy/client-network.ts';
import type { PolicyAttributes } from '../../../policy/item.ts';
import { makeSnapshot } from '../../../policy/snapshot.ts';
import { VERBS } from '../../../policy/verb.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { planPolicy } from './policy-plan.ts';

type Items = ReadonlyMap<string, PolicyAttributes>;

function stored(items: Items): ReadonlyMap<string, StoredItem> {
  return new Map([...items].map(([item, attributes]) => [item, { server: 's', item, attributes, raw: {} }]));
}

const profile = fc.constantFrom('modern', 'rfc5321', 'isa2000fp1');
const settings = fc.record({
  hostname: fc.constant('mx1.example.com'),
  defaultNextHop: fc.constant('ses'),
  relay: fc.constantFrom('any-domain', 'listed-domains'),
  authentication: fc.constantFrom('required', 'none'),
  commandProfile: profile,
});
const wholeCommand = fc.record({ allowed: fc.boolean(), maxOctets: fc.constantFrom(6, 64, 300, 12_288) });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** A server's policy: settings, and some of the items that two policies may both have. */
const policy = fc
  .record({
    settings,
    'command#NOOP': some(wholeCommand),
    'command#VRFY': some(wholeCommand),
    'domain#a.example': some(fc.constant({})),
    'domain#b.example': some(fc.constant({})),
    'client#192.0.2.0/24': some(fc.record({ access: fc.constantFrom('deny', 'relay') })),
    'sender#spam.example': some(fc.constant({ access: 'deny' })),
    'issuer#login': some(fc.constant({ issuer: 'https://login.example.com', audience: 'smtp' })),
  })
  .map((items): Items => new Map(Object.entries(items).flatMap(([key, item]) => (item ? [[key, item]] : []))));

/** What a policy lets be done, each as a number: more is more open. */
function openness(items: Items): readonly number[] {
  const { policy: made } = makeSnapshot([...items].map(([item, attributes]) => ({ ...attributes, item })));
  if (made === undefined) return [];
  const rule = clientRule(made.clients, '192.0.2.1');
  const mayRelay = rule?.access === 'relay' && made.settings.relay === 'any-domain';
  const isIn = rule?.access !== 'deny';
  return [
    Number(isIn),
    Number(mayRelay),
    Number(isIn && items.has('domain#a.example')),
    Number(isIn && items.has('domain#b.example')),
    Number(!made.deniedSenders.has('*@spam.example')),
    Number(made.hasIssuers),
    ...VERBS.map((verb) => (made.commands[verb].allowed ? made.commands[verb].maxOctets : 0)),
  ];
}

/** The states between steps: every one that the order of phases allows is one of these, taken one step at a time. */
function statesBetween(before: Items, after: Items, existing: Items = before): Items[] {
  const items = new Map(before);
  const states: Items[] = [];
  for (const step of planPolicy(stored(existing), after).phases.flat()) {
    if (step.after === undefined) items.delete(step.item);
    else items.set(step.item, step.after);
    states.push(new Map(items));
  }
  return states;
}

describe('planPolicy', () => {
  it('ends where the document is', () => {
    fc.assert(
      fc.property(policy, policy, (before, after) => {
        expect(new Map(statesBetween(before, after).at(-1) ?? before)).toEqual(after);
      }),
    );
  });

  it('never opens what neither the old policy nor the new one has open', () => {
    fc.assert(
      fc.property(policy, policy, (before, after) => {
        const [old, wanted] = [openness(before), openness(after)];
        const most = (index: number) => Math.max(old[index] ?? 0, wanted[index] ?? 0);
        // One assertion a run: a hundred thousand take longer than all that they look at.
        const wider = statesBetween(before, after).flatMap((state) =>
          openness(state).flatMap((between, index) => (between > most(index) ? [{ index, between }] : [])),
        );

        expect(wider).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a new server its settings last', () => {
    fc.assert(
      fc.property(policy, (after) => {
        expect(planPolicy(new Map(), after).phases.flat().at(-1)?.item).toBe('settings');
      }),
    );
  });

  it('takes no step for what is so already', () => {
    fc.assert(
      fc.property(policy, (items) => {
        expect(planPolicy(stored(items), items)).toEqual({ phases: [[], [], []], unchanged: items.size });
      }),
    );
  });
});
