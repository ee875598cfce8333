/** What `events` says of each kind of event, and what it asks. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliBed } from '../../test-support/cli-bed.ts';

const CLIENT = { address: '203.0.113.9', port: 4711, helo: 'laptop\x1b[2J', tls: true };
const SESSION = {
  type: 'session',
  id: 's1',
  at: '2026-11-24T10:00:02.500Z',
  server: 'submission',
  session: 'Ab3dEf6hIj9k',
  client: CLIENT,
  identity: 'alice@example.com',
  ending: 'QUIT',
  transactions: 1,
  durationMs: 2500,
};
/** A page of events, as the API answers it. */
function page(events: readonly unknown[], next?: string) {
  const span = { since: '2026-11-24T00:00:00.000Z', until: '2026-11-25T00:00:00.000Z' };
  return { events, ...span, ...(next === undefined ? {} : { next }) };
}

/** Lists show the day by the day on which they are read. */
beforeEach(() => {
  vi.setSystemTime('2026-11-25T12:00:00Z');
});
afterEach(() => {
  vi.useRealTimers();
});

describe('events', () => {
  it.each([
    [
      {
        type: 'transaction',
        verdict: 'refused',
        sender: 'a@b.c',
        recipients: [{ address: 'x@y.z', reply: 550, rule: 'relay-domains' }],
        commands: [{ verb: 'RCPT', line: 'RCPT TO:<X@y.z>', reply: 550, answer: '5.7.1 Relay access denied' }],
        rule: 'relay-domains',
        reply: '550 5.7.1 No',
      },
      'refused x@y.z (550 5.7.1 Relay access denied), from <a@b.c>, rule relay-domains, 550 5.7.1 No',
    ],
    [
      { type: 'refusal', verb: 'VRFY', rule: 'command#VRFY', octets: 300, limit: 200, reply: '500 5.5.2 Long' },
      'VRFY refused, rule command#VRFY, 300 octets where 200 are allowed, 500 5.5.2 Long',
    ],
    [
      { type: 'refusal', verb: 'MAIL', rule: 'sender#x', octets: 3, reply: '550 No', reportOnly: true },
      'MAIL would be refused (reportOnly), rule sender#x, 550 No',
    ],
    [
      { type: 'limit', rule: 'settings#maxErrors', limit: 20, reply: '421 4.7.0 Bye' },
      'limit of 20, rule settings#maxErrors, 421 4.7.0 Bye',
    ],
    [{ type: 'policy-invalid', item: 'command#AUTH', problem: 'maxOctets: no' }, 'command#AUTH, maxOctets: no'],
    [
      { type: 'next-hop', trouble: 'next-hop-host-failed', state: 'begun', nextHop: 'smtp://a:25', problem: 'late' },
      'smtp://a:25: next-hop-host-failed, late',
    ],
    [
      { type: 'next-hop', trouble: 'next-hop-host-failed', state: 'over', nextHop: 'smtp://a:25', host: 'b:25' },
      'b:25: next-hop-host-failed is over',
    ],
    [
      { type: 'policy-changed', item: 'settings', who: 'arn:x', before: { maxErrors: 20 }, after: { maxErrors: 5 } },
      'settings changed by arn:x, maxErrors: 20 → 5',
    ],
    [{ type: 'policy-changed', item: 'domain#a', who: 'arn:x', before: {} }, 'domain#a removed by arn:x'],
    // A recipient that was refused is never told as accepted, and each refused one has its reason.
    [
      {
        type: 'transaction',
        verdict: 'accepted',
        sender: 'a@b.org',
        recipients: [
          { address: 'dora@gmail.com', reply: 550, rule: 'relay-domains' },
          { address: 'bob@example.com', reply: 250, rule: 'domain#example.com' },
          { address: 'eve@example.com', reply: 450, rule: 'next-hop' },
        ],
        rule: 'next-hop',
        reply: '250 2.0.0 OK',
      },
      'accepted for bob@example.com; refused dora@gmail.com (550 relay-domains); put off eve@example.com (450 next-hop), from <a@b.org>, rule next-hop, 250 2.0.0 OK',
    ],
    [
      {
        type: 'transaction',
        verdict: 'refused',
        sender: '',
        recipients: ['a', 'b', 'c', 'd'].map((name) => ({ address: `${name}@x.org`, reply: 250 })),
        recipientsOmitted: 9,
        rule: 'settings#maxMessageOctets',
        reply: '552 Big',
      },
      'refused a@x.org, b@x.org, c@x.org and 1 more; 9 further recipients were not recorded, from <>, rule settings#maxMessageOctets, 552 Big',
    ],
    [
      { type: 'transaction', verdict: 'abandoned', sender: 'a@b.c', recipients: [], rule: 'RSET', reply: '250 OK' },
      'abandoned, no recipient, from <a@b.c>, rule RSET, 250 OK',
    ],
    [
      { type: 'refusal', verb: '', octets: 0, rule: 'client#203.0.113.9/32', reply: '554 5.7.1 Denied' },
      'connection refused, rule client#203.0.113.9/32, 554 5.7.1 Denied',
    ],
    [
      { type: 'refusal', verb: 'RCPT', recipient: 'x@y.z', octets: 20, rule: 'relay-domains', reply: '550 No' },
      'RCPT for <x@y.z> refused, rule relay-domains, 550 No',
    ],
    [{ type: 'policy-changed', item: 'user#bob', who: 'arn:x', after: { unlocked: 1 } }, 'user#bob unlocked by arn:x'],
    [{ type: 'new-kind', rule: 'x' }, 'rule x'],
  ])('%j say what happened', async (event, what) => {
    const bed = await CliBed.start();
    const events = [{ id: 'e', at: '2026-11-24T10:00:00.000Z', server: 'mx', ...event }];
    bed.answer('GET /events?server=mx&limit=101', { value: page(events) });

    const { out } = await bed.run(['events', 'mx']);

    expect(out.split('\n')[1]).toBe(
      `24 Nov 10:00:00  mx      ${event.type.padEnd(Math.max(4, event.type.length))}  ${what}`,
    );
  });

  it('are asked for as the options say, all pages of them', async () => {
    const bed = await CliBed.start();
    const query = 'since=2026-11-24T00%3A00%3A00.000Z&identity=a&type=login&session=-Ab3dEf6hIj9';
    bed.answer(`GET /events?${query}&limit=1000`, { value: page([SESSION], 'n') });
    bed.answer(`GET /events?${query}&limit=1000&next=n`, { value: page([SESSION]) });
    const argv = [
      'events',
      '--since',
      '2026-11-24',
      '--identity',
      'a',
      '--type',
      'login',
      '--session=-Ab3dEf6hIj9',
      '--limit',
      '0',
    ];

    const { out } = await bed.run([...argv, '--json']);

    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([SESSION, SESSION]);
  });
});

describe('--refused', () => {
  const at = '2026-11-24T10:00:00.000Z';
  const event = (id: string, members: object) => ({ id, at, server: 'mx', session: id, ...members });
  const EVENTS = [
    event('refusal', { type: 'refusal', verb: 'VRFY' }),
    event('limit', { type: 'limit' }),
    event('good', { type: 'transaction', verdict: 'accepted', recipients: [{ address: 'a', reply: 250 }] }),
    event('partly', { type: 'transaction', verdict: 'accepted', recipients: [{ address: 'a', reply: 550 }, {}] }),
    event('deferred', { type: 'transaction', verdict: 'deferred', recipients: [] }),
    event('login', { type: 'login', verdict: 'permit' }),
    event('failed', { type: 'login', verdict: 'reject' }),
  ];

  it('of events leaves what went well away, and counts what is left', async () => {
    const bed = await CliBed.start();
    const types = encodeURIComponent('transaction,refusal,login,limit,policy-invalid,probe');
    bed.answer(`GET /events?type=${types}&limit=1000`, { value: page(EVENTS) });

    const { out, err } = await bed.run(['events', '--refused', '--limit', '3', '--json']);

    const ids = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(['refusal', 'limit', 'partly']);
    expect(err).toBe('3 of more; --limit 0 shows all\n');
  });

  it.each([
    [{ accepted: 1 }, '1 accepted', false],
    [{ accepted: 1, refused: 2 }, '1 accepted, 2 refused', true],
    [{ deferred: 1 }, '1 put off', true],
    [{ failedLogins: 25 }, '25 failed logins', true],
    [{ refusals: 1 }, '1 refusal', true],
    [{ held: 1, abandoned: 1 }, '1 held, 1 given up', false],
    [{}, 'no message', false],
  ])('of sessions shows those with %j, which are told as %s: %s', async (outcome, text, isShown) => {
    const bed = await CliBed.start();
    const session = { ...SESSION, transactions: 0, outcome };
    bed.answer('GET /events?type=session&limit=1000', { value: page([session]) });
    bed.answer('GET /events?type=session&limit=101', { value: page([session]) });

    const [all, refused] = [await bed.run(['sessions', '--csv']), await bed.run(['sessions', '--refused', '--csv'])];

    expect(all.out).toContain(text.includes(',') ? `"${text}"` : `,${text},`);
    expect(refused.out.split('\r\n')).toHaveLength(isShown ? 3 : 2);
  });
});

it('sessions of a user are those of failed logins too', async () => {
  const bed = await CliBed.start();
  const good = { ...SESSION, session: 'good0000000A' };
  const login = (session: string, verdict: string) => ({ ...SESSION, type: 'login', session, verdict });
  const failed = { ...SESSION, session: 'failed00000B', identity: undefined, outcome: { failedLogins: 3 } };
  bed.answer(`GET /events?identity=carla&type=${encodeURIComponent('session,login')}&limit=1000`, {
    value: page([
      login('failed00000B', 'reject'),
      good,
      login('good0000000A', 'permit'),
      login('failed00000B', 'reject'),
      login('running0000C', 'defer'),
    ]),
  });
  const ended = (session: string) => `GET /events?session=${session}&type=session&limit=2`;
  bed.answer(ended('failed00000B'), { value: page([failed]) }).answer(ended('running0000C'), { value: page([]) });

  const { out } = await bed.run(['sessions', '--user', 'carla', '--json']);

  const sessions = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).session);
  expect(sessions).toEqual(['failed00000B', 'good0000000A']);
});
