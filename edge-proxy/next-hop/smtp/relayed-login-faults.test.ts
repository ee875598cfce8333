/** Hops that go, or break the protocol, in the middle of a login: the login is deferred, and nothing is left behind. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AMPLE, HopBed, until } from '../../../test/support/hop-bed.ts';
import {
  type HopMove,
  hangUp,
  keepSilent,
  politely,
  reset,
  type ScriptedHop,
} from '../../../test/support/scripted-hop.ts';
import { exchange, offering, underTls } from '../../../test/support/tls-hop.ts';
import type { HopTimeouts, RelayedLogin } from '../next-hop.ts';

const AUTH = offering('AUTH PLAIN LOGIN SRP');
const PLAIN = Buffer.from('\0alice\0pw').toString('base64');
const GOOD = '235 2.7.0 welcome\r\n';

let bed: HopBed;
/** How many logins of this test were lost. */
let losses: { count: number };
beforeEach(() => {
  bed = new HopBed();
  losses = { count: 0 };
});
afterEach(async () => {
  await bed.close();
});

function loginAt(hop: ScriptedHop, options: { timeouts?: Partial<HopTimeouts>; client?: string } = {}): RelayedLogin {
  const counted = losses;
  return bed.nextHops.login(hop.nextHop('offer'), {
    timeouts: { ...AMPLE, ...options.timeouts },
    client: options.client ?? '192.0.2.1',
    onLost: () => {
      counted.count += 1;
    },
  });
}

// Each way to end, at each step; the client hears 454 for all of it.
describe('a hop that goes', () => {
  const ways: readonly (readonly [string, HopMove])[] = [
    ['by FIN', hangUp],
    ['by reset', reset],
    ['with 421', '421 4.3.2 leaving\r\n'],
    ['in silence', keepSilent],
  ];

  it.each(
    ways.flatMap(([way, move]) => [
      [way, 'at its greeting', politely({ greeting: move })] as const,
      [way, 'at EHLO', politely({ EHLO: move })] as const,
      [way, 'at STARTTLS', underTls({}, { STARTTLS: move })] as const,
      [way, 'at EHLO under TLS', underTls({ EHLO: move })] as const,
      [way, 'at AUTH', underTls({ EHLO: AUTH, AUTH: move })] as const,
    ]),
  )('%s %s defers the login', async (_way, _step, script) => {
    const hop = await bed.start(script);

    const answer = await loginAt(hop, { timeouts: { connectSeconds: 0.3, replySeconds: 0.1 } }).start('PLAIN', PLAIN);

    expect(answer.kind).toBe('deferred');
    expect(bed.nextHops.connectionCount).toBe(0);
    expect(losses.count).toBe(0);
  });

  it.each(ways.flatMap(([way, move]) => [1, 2, 3].map((step) => [way, step, move] as const)))(
    '%s at response %d defers the login',
    async (_way, step, move) => {
      const challenges: HopMove[] = Array(step).fill('334 eA==\r\n');
      const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: exchange(...challenges, move) }));
      const login = loginAt(hop, { timeouts: { replySeconds: 0.1 } });
      let answer = await login.start('SRP');

      for (let count = 0; count < step; count += 1) {
        expect(answer).toEqual({ kind: 'challenge', text: 'eA==' });
        answer = await login.respond('eQ==');
      }

      expect(answer.kind).toBe('deferred');
      expect(bed.nextHops.connectionCount).toBe(0);
      expect(losses.count).toBe(0);
    },
  );

  it('while the client is asked defers the login at its next response', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: '334 \r\n' }));
    const login = loginAt(hop);
    await login.start('PLAIN');
    hop.clients[0]?.reset();
    await until(() => bed.nextHops.connectionCount === 0);

    expect((await login.respond(PLAIN)).kind).toBe('deferred');
    login.close();
    expect(losses.count).toBe(0);
  });
});

// Whoever reads the log at night is to find the hop's own words there.
describe('a hop that ends the login at XCLIENT', () => {
  it.each<[string, HopMove, string]>([
    ['in words', '554 5.7.1 Client host rejected: listed\r\n', '554 5.7.1 Client host rejected: listed'],
    ['with 421', '421 4.3.2 leaving\r\n', '421 4.3.2 leaving'],
    ['by FIN', hangUp, 'next hop closed the connection (xclient)'],
  ])('%s is what the deferral tells of', async (_way, move, detail) => {
    const hop = await bed.start(underTls({ EHLO: offering('AUTH PLAIN', 'XCLIENT ADDR'), XCLIENT: move }));
    const login = bed.nextHops.login(hop.nextHop('offer'), {
      timeouts: AMPLE,
      client: '192.0.2.1',
      xclientIdentity: { address: '192.0.2.1' },
      onLost() {},
    });

    const answer = await login.start('PLAIN', PLAIN);

    expect(answer).toEqual({ kind: 'deferred', detail });
  });
});

describe('a hop that breaks the protocol', () => {
  it.each([
    ['a challenge that is no base64', '334 go ahead\r\n'],
    ['a challenge over 12288 octets', `334 ${'A'.repeat(12_292)}\r\n`],
    ['a challenge of two lines', '334-eA==\r\n334 eA==\r\n'],
    ['a challenge with a reply behind it', '334 eA==\r\n235 2.7.0 welcome\r\n'],
    ['a success with a reply behind it', '235 2.7.0 welcome\r\n250 more\r\n'],
    ['a success with a start of one', '235 2.7.0 welcome\r\n2'],
    ['mixed codes', '235-2.7.0 welcome\r\n535 5.7.8 no\r\n'],
    ['another success', '250 2.0.0 ok\r\n'],
    ['the reply to DATA', '354 go on\r\n'],
    ['a bare LF', '235 2.7.0 welcome\n'],
    ['no reply at all', 'GET / HTTP/1.1\r\n'],
    ['a reply without an end', `235-${'x'.repeat(70_000)}`],
  ])('by %s defers the login', async (_claim, words) => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: words }));

    expect((await loginAt(hop).start('PLAIN', PLAIN)).kind).toBe('deferred');

    await hop.clients[0]?.closed;
    expect(bed.nextHops.connectionCount).toBe(0);
  });

  it('by a reply that comes before the response is not believed', async () => {
    const hop = await bed.start(underTls({ EHLO: AUTH, AUTH: '334 \r\n' }));
    const login = loginAt(hop);
    await login.start('PLAIN');

    hop.clients[0]?.say(GOOD);
    await until(() => bed.nextHops.connectionCount === 0);

    expect((await login.respond(PLAIN)).kind).toBe('deferred');
    expect(hop.clients[0]?.heard).not.toContain(PLAIN);
  });
});
