/** Events that the tests of `record-events` share. */
import type { PosternEvent } from '../../policy/event.ts';

export const SESSION_FIELDS = {
  id: 'e1',
  at: '2026-03-01T23:59:59.5Z',
  server: 'mx1',
  policyVersion: '0123456789abcdef',
  keepDays: 30,
  session: 's1',
  client: { address: '192.0.2.1', port: 4711, helo: 'client.example', tls: true },
};

export function refusal(change: Partial<Extract<PosternEvent, { type: 'refusal' }>> = {}): PosternEvent {
  return {
    ...SESSION_FIELDS,
    type: 'refusal',
    rule: 'command#VRFY',
    verb: 'VRFY',
    octets: 10,
    reply: '502 5.5.1 Command not allowed by policy',
    ...change,
  };
}

export function transaction(change: Partial<Extract<PosternEvent, { type: 'transaction' }>> = {}): PosternEvent {
  return {
    ...SESSION_FIELDS,
    type: 'transaction',
    transaction: 't1',
    sender: '',
    recipients: [{ address: 'bob@example.com', reply: 250, rule: 'domain#example.com' }],
    octets: 1234,
    verdict: 'accepted',
    rule: 'next-hop',
    reply: '250 2.0.0 t1',
    durationMs: 12,
    commands: [{ verb: 'MAIL', octets: 13, reply: 250 }],
    ...change,
  };
}
