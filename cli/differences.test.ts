import { describe, expect, it } from 'vitest';
import { policyDocumentSchema } from '../functions/admin/contract/answers/policy-document.ts';
import { changeText, differencesOf } from './differences.ts';

function document(parts: object) {
  return policyDocumentSchema.parse({ settings: { hostname: 'mx.example.com' }, ...parts });
}

describe('the differences between a policy and a document', () => {
  it('are none where two spellings mean the same, and sets and attributes have another order', () => {
    const current = document({
      settings: { hostname: 'mx', mechanisms: ['PLAIN', 'LOGIN'] },
      commands: { AUTH: { maxOctets: 500, allowed: true } },
      domains: { 'xn--bcher-kva.example': {} },
      clients: { '203.0.113.7/32': { access: 'deny' }, '2001:db8::/32': { access: 'relay' } },
      senders: { 'spam.example': { access: 'deny' } },
    });
    const wanted = document({
      settings: { mechanisms: ['LOGIN', 'PLAIN'], hostname: 'mx' },
      commands: { auth: { allowed: true, maxOctets: 500 } },
      domains: { 'Bücher.example': {} },
      clients: { '203.0.113.7': { access: 'deny' }, '2001:0db8::0/32': { access: 'relay' } },
      senders: { 'Spam.Example': { access: 'deny' } },
    });

    expect(differencesOf(current, wanted)).toEqual([]);
  });

  it('are what is added, changed and removed', () => {
    const current = document({ domains: { 'a.example': {}, 'b.example': { nextHop: 'ses', note: 'x' } } });
    const wanted = document({
      settings: { hostname: 'mx.example.com', enabled: false },
      domains: { 'b.example': { nextHop: 'smtp://h', note: 'x' }, 'c.example': {} },
      issuers: { login: { issuer: 'https://l.example/' } },
    });

    const differences = differencesOf(current, wanted);

    expect(differences.map((each) => [each.kind, each.item, changeText(each)])).toEqual([
      ['change', 'settings', 'enabled: (none) → false'],
      ['change', 'domains b.example', 'nextHop: ses → smtp://h'],
      ['add', 'domains c.example', ''],
      ['remove', 'domains a.example', ''],
      ['add', 'issuers login', 'issuer: (none) → https://l.example/'],
    ]);
  });

  it('are all of it for a new server', () => {
    const differences = differencesOf(undefined, document({ domains: { 'a.example': {} } }));

    expect(differences.map(({ kind, item }) => `${kind} ${item}`)).toEqual(['add settings', 'add domains a.example']);
  });
});
