import { describe, expect, it } from 'vitest';
import { recordEventsRequestSchema } from './event.ts';
import { authenticateRequestSchema, checkRelayRequestSchema } from './request.ts';

const CLIENT = { address: '192.0.2.1', port: 4711, helo: 'client.example', tls: true };
const QUESTION = { server: 'mx1', session: 's1', client: CLIENT };
const LOGIN = { ...QUESTION, mechanism: 'PLAIN', username: 'alice', password: 'secret' };
const RELAY = { ...QUESTION, identity: 'alice', recipient: 'bob@example.com', trusted: false };

describe('authenticateRequestSchema', () => {
  it.each([
    ['a password', LOGIN],
    ['a token', { ...QUESTION, mechanism: 'XOAUTH2', username: 'alice', token: 't' }],
    ['empty ones', { ...LOGIN, username: '', password: '' }],
  ])('takes %s', (_what, request) => {
    expect(authenticateRequestSchema.parse(request)).toEqual(request);
  });

  it.each(['server', 'session', 'client', 'mechanism', 'username'])('refuses a login without %s', (name) => {
    expect(authenticateRequestSchema.safeParse({ ...LOGIN, [name]: undefined }).success).toBe(false);
  });
});

describe('checkRelayRequestSchema', () => {
  it('takes a question with and without an identity', () => {
    const { identity: _identity, ...anonymous } = RELAY;

    expect(checkRelayRequestSchema.parse(RELAY)).toEqual(RELAY);
    expect(checkRelayRequestSchema.parse(anonymous)).toEqual(anonymous);
  });

  it.each(['server', 'session', 'client', 'recipient', 'trusted'])('refuses a question without %s', (name) => {
    expect(checkRelayRequestSchema.safeParse({ ...RELAY, [name]: undefined }).success).toBe(false);
  });

  it.each([
    ['an empty server', { server: '' }],
    ['an empty session', { session: '' }],
    ['trust in words', { trusted: 'yes' }],
    ['a port above the highest', { client: { ...CLIENT, port: 65_536 } }],
    ['a port below the lowest', { client: { ...CLIENT, port: -1 } }],
    ['half a port', { client: { ...CLIENT, port: 25.5 } }],
    ['a client without an address', { client: { ...CLIENT, address: undefined } }],
    ['a client that does not say whether TLS is on', { client: { ...CLIENT, tls: undefined } }],
  ])('refuses %s', (_what, change) => {
    expect(checkRelayRequestSchema.safeParse({ ...RELAY, ...change }).success).toBe(false);
  });

  it.each([0, 65_535])('takes the port %i', (port) => {
    expect(checkRelayRequestSchema.safeParse({ ...RELAY, client: { address: '::1', port, tls: false } }).success).toBe(
      true,
    );
  });
});

describe('recordEventsRequestSchema', () => {
  it('takes no event, and refuses what is none', () => {
    expect(recordEventsRequestSchema.parse({ events: [] })).toEqual({ events: [] });
    expect(recordEventsRequestSchema.safeParse({}).success).toBe(false);
    expect(recordEventsRequestSchema.safeParse({ events: [{ type: 'session' }] }).success).toBe(false);
  });
});
