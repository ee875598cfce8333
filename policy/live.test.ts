import { describe, expect, it } from 'vitest';
import {
  ASKED_SCOPE,
  END_PREFIX,
  isMeant,
  LIVE_PREFIX,
  liveCounter,
  liveMatchSchema,
  liveSessionSchema,
  TASK_PREFIX,
} from './live.ts';

const SESSION = {
  session: 's1',
  client: { address: '192.0.2.1', port: 50_000, helo: 'client.example', tls: true },
  identity: 'alice@example.com',
  startedAt: '2026-03-01T10:00:00.000Z',
  state: 'ready',
  transactions: 2,
  commands: [{ verb: 'EHLO', octets: 21, reply: 250 }],
};

describe('the keys of sessions under way', () => {
  it('are one partition a server, in which each kind of item has its own beginning', () => {
    expect(liveCounter('mx1')).toBe('live#mx1');
    expect([LIVE_PREFIX, ASKED_SCOPE, END_PREFIX, TASK_PREFIX]).toEqual(['live#', 'asked', 'end#', 'task#']);
  });
});

describe('liveSessionSchema', () => {
  const { identity: _identity, commands: _commands, client, ...rest } = SESSION;
  const { helo: _helo, ...plainClient } = client;

  it.each([
    ['all that is known of it', SESSION],
    ['no name, no login and no commands', { ...rest, client: plainClient }],
  ])('reads a session with %s', (_what, session) => {
    expect(liveSessionSchema.parse(session)).toEqual(session);
  });

  it.each([
    ['no id', { ...SESSION, session: undefined }],
    ['no client', { ...SESSION, client: undefined }],
    ['a client without an address', { ...SESSION, client: { ...client, address: undefined } }],
    ['half a port', { ...SESSION, client: { ...client, port: 25.5 } }],
    ['no word of TLS', { ...SESSION, client: { ...client, tls: undefined } }],
    ['no beginning', { ...SESSION, startedAt: undefined }],
    ['no state', { ...SESSION, state: undefined }],
    ['half a transaction', { ...SESSION, transactions: 0.5 }],
    ['a command that is none', { ...SESSION, commands: ['EHLO'] }],
  ])('refuses a session with %s', (_what, session) => {
    expect(liveSessionSchema.safeParse(session).success).toBe(false);
  });
});

describe('liveMatchSchema', () => {
  it.each([
    { session: 's1' },
    { identity: 'alice@example.com' },
    { client: '192.0.2.1' },
    { session: 's1', identity: 'alice@example.com', client: '192.0.2.1' },
    {},
  ])('reads %j', (match) => {
    expect(liveMatchSchema.parse(match)).toEqual(match);
  });

  // A condition that is dropped would mean more sessions.
  it.each([{ session: 7 }, { identity: null }, { client: ['192.0.2.1'] }])('refuses %j', (match) => {
    expect(liveMatchSchema.safeParse(match).success).toBe(false);
  });
});

describe('isMeant', () => {
  const SAME = { session: 's1', identity: 'alice@example.com', client: '192.0.2.1' };
  const OTHER = { session: 's2', identity: 'bob@example.com', client: '192.0.2.2' };

  it.each([
    [{ session: SAME.session }, true],
    [{ session: OTHER.session }, false],
    [{ identity: SAME.identity }, true],
    [{ identity: OTHER.identity }, false],
    [{ client: SAME.client }, true],
    [{ client: OTHER.client }, false],
    [SAME, true],
    [{ ...SAME, session: OTHER.session }, false],
    [{ ...SAME, identity: OTHER.identity }, false],
    [{ ...SAME, client: OTHER.client }, false],
    [{ session: SAME.session, identity: SAME.identity }, true],
    [{ identity: SAME.identity, client: SAME.client }, true],
    [{ session: SAME.session, client: SAME.client }, true],
    [{ identity: SAME.identity, client: OTHER.client }, false],
    [{ session: OTHER.session, identity: SAME.identity }, false],
  ])('by %j is %s', (match, expected) => {
    expect(isMeant(SESSION, match)).toBe(expected);
  });

  it('ends no session by a match without a condition', () => {
    expect(isMeant(SESSION, {})).toBe(false);
  });

  it('finds no session without a login by an identity', () => {
    const { identity: _identity, ...anonymous } = SESSION;

    expect(isMeant(anonymous, { identity: SAME.identity })).toBe(false);
    expect(isMeant(anonymous, { client: SAME.client })).toBe(true);
  });
});
