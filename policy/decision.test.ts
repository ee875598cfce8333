import { describe, expect, it } from 'vitest';
import { authenticateDecisionSchema, checkRelayDecisionSchema } from './decision.ts';
import { REPLIES } from './reply.ts';

const LOGIN = { kind: 'permit', identity: 'alice', senders: ['*'], limits: { perHour: 5 }, cacheSeconds: 60 };
const SCOPE = { scope: 'domain', cacheSeconds: 5, rule: 'domain#example.com' };
const RELAY = { kind: 'permit', nextHop: 'smtp://mail', ...SCOPE };

describe('authenticateDecisionSchema', () => {
  it.each([
    [LOGIN],
    [{ ...LOGIN, cacheSeconds: 0, senders: [], limits: {} }],
    [{ kind: 'reject', reply: REPLIES.credentialsInvalid }],
    [{ kind: 'defer', reply: REPLIES.authenticationDeferred }],
  ])('takes %j', (decision) => {
    expect(authenticateDecisionSchema.parse(decision)).toEqual(decision);
  });

  // Nonsense is a defer: the edge proxy believes nothing else.
  it.each([
    ['nothing', null],
    ['an empty object', {}],
    ['another kind', { ...LOGIN, kind: 'allow' }],
    ['no identity', { ...LOGIN, identity: '' }],
    ['no senders', { ...LOGIN, senders: undefined }],
    ['one sender', { ...LOGIN, senders: '*' }],
    ['a limit that is no number', { ...LOGIN, limits: { perHour: 'many' } }],
    ['a cache of more than 60 s', { ...LOGIN, cacheSeconds: 61 }],
    ['a cache of less than none', { ...LOGIN, cacheSeconds: -1 }],
    ['other attributes', { ...LOGIN, password: 'x' }],
    ['a rejection without a reply', { kind: 'reject' }],
    ['a rejection that says yes', { kind: 'reject', reply: { code: 235, enhanced: '2.7.0', text: 'OK' } }],
    ['a rejection with other attributes', { kind: 'reject', reply: REPLIES.credentialsInvalid, identity: 'alice' }],
    ['a deferral without a reply', { kind: 'defer' }],
    ['a deferral with other attributes', { kind: 'defer', reply: REPLIES.authenticationDeferred, identity: 'alice' }],
  ])('refuses %s', (_what, decision) => {
    expect(authenticateDecisionSchema.safeParse(decision).success).toBe(false);
  });
});

describe('checkRelayDecisionSchema', () => {
  it('takes a permission and reads its next hop', () => {
    expect(checkRelayDecisionSchema.parse(RELAY)).toEqual({
      ...RELAY,
      nextHop: { kind: 'smtp', hosts: [{ host: 'mail', port: 25 }], tls: 'offer' },
    });
  });

  it.each([
    [{ kind: 'reject', reply: REPLIES.relayDenied, ...SCOPE }],
    [{ kind: 'reject', reply: REPLIES.relayDenied, ...SCOPE, scope: 'recipient', cacheSeconds: 0 }],
    [{ kind: 'defer', reply: REPLIES.decisionDeferred }],
  ])('takes %j', (decision) => {
    expect(checkRelayDecisionSchema.parse(decision)).toEqual(decision);
  });

  it.each([
    ['nothing', undefined],
    ['another kind', { ...RELAY, kind: 'allow' }],
    ['no next hop', { ...RELAY, nextHop: undefined }],
    ['a next hop that is none', { ...RELAY, nextHop: 'mail' }],
    ['another scope', { ...RELAY, scope: 'server' }],
    ['a cache of more than 5 s', { ...RELAY, cacheSeconds: 6 }],
    ['a cache of less than none', { ...RELAY, cacheSeconds: -1 }],
    ['no rule', { ...RELAY, rule: undefined }],
    ['other attributes', { ...RELAY, reply: REPLIES.relayDenied }],
    ['a rejection with a next hop', { kind: 'reject', reply: REPLIES.relayDenied, nextHop: 'smtp://mail', ...SCOPE }],
    ['a deferral with a next hop', { kind: 'defer', reply: REPLIES.decisionDeferred, nextHop: 'smtp://mail' }],
  ])('refuses %s', (_what, decision) => {
    expect(checkRelayDecisionSchema.safeParse(decision).success).toBe(false);
  });
});
