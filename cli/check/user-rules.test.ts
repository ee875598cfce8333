import { describe, expect, it } from 'vitest';
import { userAnswer } from '../../functions/admin/contract/answers/user-answer.ts';
import { server, texts } from '../test-support/checked.ts';
import { isUnlimited, userFindings } from './user-rules.ts';

describe('users', () => {
  const USER = { user: 'bob', enabled: true, servers: ['mx'], senders: ['a@b.example'], mayBounce: false, limits: {} };
  const servers = new Map([
    ['mx', server()],
    ['open', server({ authentication: 'none' })],
    ['through', server({ authenticator: 'next-hop' })],
    ['tokens', server({}, { issuers: { l: { issuer: 'https://l.example/', audience: 'a' } } })],
  ]);
  const none = 'the user has no password, and it has no issuer of tokens';

  it.each<[what: string, user: object, expected: readonly string[]]>([
    ['who can do all', {}, []],
    ['who is switched off', { enabled: false, servers: [], senders: [] }, []],
    ['who is broken', { problem: 'senders: no' }, ['error user#bob: cannot log in: senders: no']],
    [
      'whom this version cannot read',
      { limits: { messagesPerWeek: 1 } },
      [expect.stringMatching(/^error user#bob: cannot log in: limits.*messagesPerWeek/)],
    ],
    ['without servers', { servers: [] }, ['warning user#bob: can log in nowhere: has no servers']],
    [
      'of one server of two',
      { servers: ['mx', 'gone'] },
      ['warning user#bob: cannot log in on gone: there is no such server'],
    ],
    [
      'of none',
      { servers: ['open', 'through'] },
      [
        'warning user#bob: cannot log in on open: its authentication is none',
        'warning user#bob: cannot log in on through: its next hop decides logins, not the table of users',
        'warning user#bob: can log in nowhere',
      ],
    ],
    [
      'without a password',
      { hasPassword: false, servers: ['mx', 'tokens'] },
      [`warning user#bob: cannot log in on mx: ${none}`],
    ],
    ['without senders', { senders: [] }, ['warning user#bob: has no senders: every MAIL is refused']],
    [
      'with a limit of nothing',
      { limits: { messagesPerDay: 0 } },
      ['warning user#bob: messagesPerDay is 0: every message is refused'],
    ],
  ])('%s', (_what, given, expected) => {
    const user = userAnswer.parse({ ...USER, hasPassword: true, ...given });

    expect(texts(userFindings(user, { servers, areAll: true }))).toEqual(expected);
  });

  it('are not judged by servers that were not looked at', () => {
    const user = userAnswer.parse({ ...USER, hasPassword: true, servers: ['mx', 'gone'] });

    expect(userFindings(user, { servers, areAll: false })).toEqual([]);
  });

  it('have no sending limits, or some', () => {
    const limited = (limits: object, enabled = true) =>
      userAnswer.parse({ ...USER, hasPassword: true, limits, enabled });

    expect([{}, { messagesPerDay: 1 }].map((limits) => isUnlimited(limited(limits)))).toEqual([true, false]);
    expect(isUnlimited(limited({}, false))).toBe(false);
  });
});
