/** Users and logins that the tests of `authenticate` share. */
import { makeVerifier } from '../../policy/password.ts';
import type { AuthenticateRequest } from '../../policy/request.ts';
import { formatVerifier, SALT_OCTETS } from '../../policy/verifier.ts';

export const PASSWORD = 'correct horse battery staple';
export const VERIFIER = formatVerifier(await makeVerifier(PASSWORD, new Uint8Array(SALT_OCTETS).fill(7)));

/** Attributes of alice, as the table holds them. */
export const ALICE = {
  user: 'alice@example.com',
  verifier: VERIFIER,
  enabled: true,
  servers: new Set(['submission']),
  senders: new Set(['alice@example.com', '*@Alice.Example']),
  limits: { messagesPerHour: 100 },
};

export function login(change: Partial<AuthenticateRequest> = {}): AuthenticateRequest {
  return {
    server: 'submission',
    session: 's1',
    client: { address: '192.0.2.1', port: 4711, helo: 'client.example', tls: true },
    mechanism: 'PLAIN',
    username: 'alice@example.com',
    password: PASSWORD,
    ...change,
  };
}
