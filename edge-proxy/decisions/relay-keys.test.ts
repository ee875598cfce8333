import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CheckRelayRequest } from '../../policy/request.ts';
import { parsedDomain, relayKeys } from './relay-keys.ts';

function request(recipient: string, change: Partial<CheckRelayRequest> = {}): CheckRelayRequest {
  const client = { address: '192.0.2.1', port: 1, tls: false };
  return { server: 'mx1', session: 'S', client, recipient, trusted: false, ...change };
}

it('tells questions apart by server, identity, trust and recipient', () => {
  const questions = [
    request('a@x.example'),
    request('b@x.example'),
    request('a@x.example', { server: 'mx2' }),
    request('a@x.example', { identity: 'alice' }),
    request('a@x.example', { identity: 'false' }),
    request('a@x.example', { trusted: true }),
  ];

  expect(new Set(questions.map((question) => relayKeys(question).recipientKey)).size).toBe(questions.length);
});

it('has no key of the domain where the local part carries routing', () => {
  expect(relayKeys(request('a%b.example@x.example')).domainKey).toBeUndefined();
  expect(relayKeys(request('postmaster')).domainKey).toBeUndefined();
});

it('finds on its fast path the domain that the parser finds', () => {
  const local = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._+=%!-]{1,20}$/),
    fc.constantFrom('a', 'A.b', '.a', 'a..b', '"q"', '"a@b"', 'jürgen', 'a%b', 'b!a', 'x'.repeat(70)),
  );
  const domain = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9.-]{1,24}$/),
    fc.constantFrom(
      'X.Example',
      'a--b.example',
      'xn--bcher-kva.example',
      'bücher.example',
      '[192.0.2.1]',
      'a.b.c.d.e.f.example',
      'x.123',
    ),
  );

  fc.assert(
    fc.property(local, domain, (name, host) => {
      const question = request(`${name}@${host}`);
      const plain = relayKeys(question, parsedDomain);
      // An address that does not parse has no decision to remember; its keys are its own.
      if (plain.domainKey === undefined && !/[%!@]/.test(name)) return;

      expect(relayKeys(question)).toEqual(plain);
    }),
    { numRuns: 3000 },
  );
});
