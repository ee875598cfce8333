import { expect, it } from 'vitest';
import type { CheckRelayRequest } from '../../policy/request.ts';
import { relayKeys } from './relay-keys.ts';

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

  expect(new Set(questions.map((question) => relayKeys(question, question.recipient).recipientKey)).size).toBe(
    questions.length,
  );
});

it('has no key of the domain where the local part carries routing', () => {
  expect(relayKeys(request('a%b.example@x.example'), 'a%b.example@x.example').domainKey).toBeUndefined();
  expect(relayKeys(request('postmaster'), 'postmaster').domainKey).toBeUndefined();
});
