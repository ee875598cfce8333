/** What commands say at once of a change that has no effect, or breaks something, and what they ask before it. */
import { describe, expect, it } from 'vitest';
import { CliBed, problem } from '../test-support/cli-bed.ts';

const BASE = { hostname: 'mx.example.com', defaultNextHop: 'smtp://10.20.0.25', authentication: 'none' };

function policy(settings: object, sections: object = {}) {
  const versions = { policyVersion: 'abc', itemsVersion: 'one', problems: [] };
  return { value: { server: 'mx', ...versions, settings: { ...BASE, ...settings }, ...sections } };
}

const MAIL = {
  verb: 'MAIL',
  allowed: true,
  maxOctets: 10,
  from: 'item',
  profile: { name: 'modern', allowed: true, maxOctets: 565 },
};

describe('a change', () => {
  it.each([
    [
      'a network that may relay nowhere',
      ['clients', 'mx', 'relay', '192.0.2.0/24'],
      ['PUT /servers/mx/clients/192.0.2.0%2F24', { cidr: '192.0.2.0/24', given: {} }],
      policy({}, { domains: { 'a.example': {} }, clients: { '192.0.2.0/24': { access: 'relay' } } }),
      'note: mx: client#192.0.2.0/24: relay has no effect on where this client may send: relay of the settings is listed-domains\n',
    ],
    [
      'a MAIL that nothing fits',
      ['commands', 'mx', 'MAIL', 'on', '--max-octets', '10'],
      ['PUT /servers/mx/commands/MAIL', MAIL],
      policy({}, { domains: { 'a.example': {} }, commands: { MAIL: { maxOctets: 10 } } }),
      'error: mx: command#MAIL: up to 10 octets: no sender fits, and no mail can come in; it needs 20 at least\n',
    ],
    [
      'a mechanism that there is not, and nothing of other settings',
      ['servers', 'mx', 'set', 'mechanisms=PLAIN,FOO'],
      ['PATCH /servers/mx', { server: 'mx', policyVersion: 'abc', settings: {}, given: {} }],
      policy(
        { authentication: 'required', mechanisms: ['PLAIN', 'FOO'], authenticationRequiresTls: false },
        { domains: { 'a.example': {} } },
      ),
      'warning: mx: settings: mechanisms: FOO is never offered; the directory has PLAIN, LOGIN, XOAUTH2, OAUTHBEARER\n',
    ],
    [
      'the last domain, without which nothing is taken',
      ['domains', 'mx', 'remove', 'a.example'],
      ['DELETE /servers/mx/domains/a.example', undefined],
      policy({}),
      'error: mx: settings: relay is listed-domains and there is no domain: nothing is taken\n',
    ],
    [
      'what does what it says',
      ['domains', 'mx', 'add', 'a.example'],
      ['PUT /servers/mx/domains/a.example', { domain: 'a.example', given: {} }],
      policy({}, { domains: { 'a.example': {} } }),
      '',
    ],
  ])('tells of %s', async (_, argv, [what, value], read, err) => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', { value: { server: 'mx', policyVersion: 'abc', settings: {}, given: {} } });
    bed.answer('GET /servers/mx/commands/MAIL', { value: MAIL });
    bed.answer(String(what), { value }).answer('GET /servers/mx/policy', read);

    const outcome = await bed.run(argv);

    expect({ code: outcome.code, err: outcome.err }).toEqual({ code: 0, err });
  });

  it('is made, and nothing is told, where the policy may not be read', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /servers/mx/domains/a.example', { status: 201, value: { domain: 'a.example', given: {} } });
    bed.answer('GET /servers/mx/policy', problem(403, 'Forbidden'));

    const outcome = await bed.run(['domains', 'mx', 'add', 'a.example']);

    expect(outcome).toEqual({ code: 0, out: 'mx: domain a.example added\n', err: '' });
  });
});

describe('a network that is too wide', () => {
  it.each([
    [
      'relay',
      '0.0.0.0/0',
      'relay for 0.0.0.0/0 lets so many networks relay without a login that the server is an open relay',
    ],
    ['relay', '::/0', 'relay for ::/0 lets so many networks relay'],
    ['relay', '64.0.0.0/2', 'relay for 64.0.0.0/2 lets so many'],
    ['deny', '0.0.0.0/0', 'deny for 0.0.0.0/0 denies everybody on IPv4'],
  ])('%s %s is not put without a yes, or --force', async (access, network, said) => {
    const bed = await CliBed.start();
    const value = { cidr: network, given: {} };
    bed.answer(`PUT /servers/mx/clients/${encodeURIComponent(network)}`, { status: 201, value });

    const argv = ['clients', 'mx', access, network];
    const unasked = await bed.run(argv);
    const refused = await bed.run(argv, { typed: 'n\n' });
    const before = bed.asked.length;
    const confirmed = await bed.run(argv, { typed: 'y\n' });
    const forced = await bed.run([...argv, '--force']);

    expect([unasked.code, refused.code, before, confirmed.code, forced.code]).toEqual([1, 1, 0, 0, 0]);
    expect(unasked.err).toContain(`postern: ${said}`);
    expect(unasked.err).toContain('there is no terminal to ask; --force does it all the same\n');
  });

  it.each([
    ['relay', '10.0.0.0/8'],
    ['deny', '0.0.0.0/1'],
    ['relay', '203.0.113.7'],
  ])('%s %s is not', async (access, network) => {
    const bed = await CliBed.start();
    bed.answer(`PUT /servers/mx/clients/${encodeURIComponent(network)}`, { value: { cidr: network, given: {} } });

    expect((await bed.run(['clients', 'mx', access, network])).code).toBe(0);
  });
});

describe('a server', () => {
  const SERVER = { value: { server: 'mx', policyVersion: 'abc', settings: {}, given: {} } };
  const gone = (deleted: readonly string[], left: number) => ({
    status: left === 0 ? 200 : 202,
    value: {
      done: left === 0,
      applied: { put: [], deleted },
      unchanged: 0,
      left,
      policyVersion: null,
      itemsVersion: 'x',
    },
  });

  it('is removed after a yes, however many calls it takes', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', SERVER);
    bed.answer(
      'DELETE /servers/mx?seconds=3',
      gone(['settings', 'domain#a.example'], 1),
      gone(['domain#b.example'], 0),
    );

    const { code, out, err } = await bed.run(['servers', 'mx', 'remove'], { typed: 'y\n' });

    expect({ code, out }).toEqual({ code: 0, out: 'mx removed, 3 items\n' });
    expect(err).toContain('All settings and items of mx are removed; its users and events stay.\nGo on? [y/N] ');
  });

  it('is not removed without it', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', SERVER);

    const outcomes = [
      await bed.run(['servers', 'mx', 'remove']),
      await bed.run(['servers', 'mx', 'remove'], { typed: '\n' }),
    ];

    expect(outcomes.map(({ code }) => code)).toEqual([1, 1]);
    expect(bed.asked.map(({ what }) => what)).toEqual(['GET /servers/mx', 'GET /servers/mx']);
  });

  it('that exists is not created, and the message says what changes it', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /servers/mx', problem(412, 'if-none-match: its ETag is "x" now'));

    const { code, err } = await bed.run(['servers', 'mx', 'create', 'hostname=a.example', 'defaultNextHop=ses']);

    expect({ code, err }).toEqual({ code: 1, err: 'postern: mx exists already; postern servers mx set changes it\n' });
  });
});

it('a user who exists is not created, and the message says what changes one', async () => {
  const bed = await CliBed.start();
  bed.answer('PUT /users/bob%40example.com', problem(412, 'if-none-match: its ETag is "x" now'));
  const argv = ['users', 'bob@example.com', 'create', 'servers=mx', '--no-password'];

  const { code, err } = await bed.run(argv);

  expect({ code, err }).toEqual({
    code: 1,
    err: 'postern: User bob@example.com exists already; postern users bob@example.com set or postern password bob@example.com changes it\n',
  });
});
