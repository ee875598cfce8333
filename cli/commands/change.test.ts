/** Commands that change servers, commands, items and users: what they ask the API, and what they say. */
import { describe, expect, it } from 'vitest';
import { type Asked, CliBed, problem } from '../test-support/cli-bed.ts';

const VRFY = {
  verb: 'VRFY',
  allowed: false,
  maxOctets: 512,
  from: 'item',
  profile: { name: 'modern', allowed: false, maxOctets: 512 },
  given: { allowed: false, note: 'off for good' },
};
const SETTINGS = {
  server: 'mx',
  policyVersion: 'abc',
  settings: { hostname: 'mx.example.com', enabled: true, mechanisms: null, maxErrors: 20 },
  given: { hostname: 'mx.example.com', note: 'ours' },
};
const BOB = {
  user: 'bob@example.com',
  enabled: true,
  servers: ['mx'],
  senders: ['bob@example.com'],
  mayBounce: false,
  limits: { messagesPerHour: 10 },
  hasPassword: true,
};

function writes(asked: readonly Asked[]): readonly unknown[] {
  return asked.filter(({ what }) => !what.startsWith('GET ')).map(({ what, body }) => [what, body]);
}

describe('servers', () => {
  it('shows settings with whence they are', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', { value: SETTINGS });

    const { out } = await bed.run(['servers', 'mx']);

    expect(out.split('\n')).toEqual([
      'SETTING     VALUE           FROM',
      'hostname    mx.example.com  given',
      'enabled     true            default',
      'mechanisms  -               default',
      'maxErrors   20              default',
      '',
      'policy version  abc',
      'note            ours',
      '',
    ]);
  });

  it('sets by a merge patch, and gives a default back by null', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', { value: SETTINGS });
    const settings = { ...SETTINGS.settings, maxErrors: 5 };
    bed.answer('PATCH /servers/mx', { value: { ...SETTINGS, settings, given: {}, policyVersion: 'def' } });

    const { code, out } = await bed.run(['servers', 'mx', 'set', 'maxErrors=5', 'note=', 'hostname=mx.example.com']);

    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'mx: maxErrors 20 → 5',
      'mx: note ours → -',
      'mx: hostname is mx.example.com already',
      'mx: policy version def',
      '',
    ]);
    expect(writes(bed.asked)).toEqual([
      ['PATCH /servers/mx', { maxErrors: 5, note: null, hostname: 'mx.example.com' }],
    ]);
  });

  it('creates only what is not there', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /servers/mx', { status: 201, value: SETTINGS });

    await bed.run(['servers', 'mx', 'create', 'hostname=mx.example.com', 'defaultNextHop=ses', 'enabled=']);

    expect(writes(bed.asked)).toEqual([['PUT /servers/mx', { hostname: 'mx.example.com', defaultNextHop: 'ses' }]]);
    expect(bed.asked[0]?.headers['if-none-match']).toBe('*');
  });
});

describe('commands', () => {
  it('changes what is said, keeps what is not, and only what it has read', async () => {
    const bed = await CliBed.start();
    const after = { ...VRFY, allowed: true, maxOctets: 300 };
    bed.answer('GET /servers/mx/commands/vrfy', { value: VRFY, headers: { etag: '"t1"' } });
    bed.answer('PUT /servers/mx/commands/vrfy', { value: after });

    const { out } = await bed.run(['commands', 'mx', 'vrfy', 'on', '--max-octets', '300']);

    expect(out).toBe('mx: VRFY is on, up to 300 octets\n');
    expect(writes(bed.asked)).toEqual([
      ['PUT /servers/mx/commands/vrfy', { allowed: true, maxOctets: 300, note: 'off for good' }],
    ]);
    expect(bed.asked[1]?.headers['if-match']).toBe('"t1"');
  });

  it('makes an item where there is none, unless somebody is faster', async () => {
    const bed = await CliBed.start();
    const { given: _given, ...profile } = VRFY;
    bed.answer('GET /servers/mx/commands/VRFY', { value: { ...profile, from: 'profile' } });
    bed.answer('PUT /servers/mx/commands/VRFY', problem(412, 'If-None-Match: its ETag is "x" now'));

    const { code, err } = await bed.run(['commands', 'mx', 'VRFY', 'off']);

    expect(bed.asked[1]?.headers['if-none-match']).toBe('*');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'postern: cannot change command VRFY of mx: somebody else changed it meanwhile; look at it and try again\n',
    });
  });

  it('lists them, with items that are in force for none', async () => {
    const bed = await CliBed.start();
    const others = [{ item: 'command#VRFI', given: {}, problem: '"VRFI" is not a verb' }];
    bed.answer('GET /servers/mx/commands', {
      value: { commands: [VRFY, { ...VRFY, verb: 'AUTH', allowed: true, from: 'profile', given: undefined }], others },
    });

    const { out } = await bed.run(['commands', 'mx']);

    expect(out.split('\n')).toEqual([
      'VERB  ALLOWED  MAX OCTETS  FROM            NOTE',
      'VRFY  no                -  item            off for good',
      'AUTH  yes             512  profile modern',
      'command#VRFI is not in force: "VRFI" is not a verb',
      '',
    ]);
  });

  it('resets by taking the item away', async () => {
    const bed = await CliBed.start();
    bed.answer('DELETE /servers/mx/commands/vrfy', { status: 204 });

    const { out } = await bed.run(['commands', 'mx', 'vrfy', 'reset']);

    expect(out).toBe("mx: VRFY is the profile's again\n");
  });
});

describe('domains, clients, senders, issuers', () => {
  it.each([
    [
      ['domains', 'mx', 'add', 'a.example', 'b.example', '--next-hop', 'ses'],
      [
        ['PUT /servers/mx/domains/a.example', { nextHop: 'ses' }],
        ['PUT /servers/mx/domains/b.example', { nextHop: 'ses' }],
      ],
      { domain: 'a.example', given: {} },
    ],
    [
      ['clients', 'mx', 'deny', '203.0.113.0/24', '--note', 'guesses'],
      [['PUT /servers/mx/clients/203.0.113.0%2F24', { access: 'deny', note: 'guesses' }]],
      { cidr: '203.0.113.0/24', given: {} },
    ],
    [
      ['clients', 'mx', 'relay', '2001:db8::/32'],
      [['PUT /servers/mx/clients/2001%3Adb8%3A%3A%2F32', { access: 'relay' }]],
      { cidr: '2001:db8::/32', given: {} },
    ],
    [
      ['senders', 'mx', 'deny', 'spam.example'],
      [['PUT /servers/mx/senders/spam.example', { access: 'deny' }]],
      { sender: 'spam.example', given: {} },
    ],
    [
      ['issuers', 'mx', 'add', 'login', 'issuer=https://l.example/', 'audience=smtp', 'skewSeconds=5'],
      [['PUT /servers/mx/issuers/login', { issuer: 'https://l.example/', audience: 'smtp', skewSeconds: 5 }]],
      { issuer: 'login', given: {} },
    ],
  ])('%j puts items', async (argv, expected, value) => {
    const bed = await CliBed.start();
    for (const [what = ''] of expected) bed.answer(String(what), { status: 201, value });

    const { code, out } = await bed.run(argv);

    expect(code).toBe(0);
    expect(writes(bed.asked)).toEqual(expected);
    expect(out.split('\n')).toHaveLength(expected.length + 1);
    expect(out).toContain(' added\n');
  });

  it.each([
    ['domains', 'a.example', 'DELETE /servers/mx/domains/a.example'],
    ['clients', '203.0.113.7', 'DELETE /servers/mx/clients/203.0.113.7'],
    ['senders', 'a@b.example', 'DELETE /servers/mx/senders/a%40b.example'],
    ['issuers', 'login', 'DELETE /servers/mx/issuers/login'],
  ])('%s removes %s', async (command, name, what) => {
    const bed = await CliBed.start();
    bed.answer(what, { status: 204 });

    const { code, out } = await bed.run([command, 'mx', 'remove', name]);

    expect({ code, out }).toEqual({ code: 0, out: `mx: ${command.slice(0, -1)} ${name} removed\n` });
  });

  it('stops at the first that is refused, and says which', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /servers/mx/domains/a.example', { status: 200, value: { domain: 'a.example', given: {} } });
    const errors = [{ field: 'domain', value: 'a_b', problem: '"a_b" is not a domain name' }];
    bed.answer('PUT /servers/mx/domains/a_b', problem(400, 'x', { errors }));

    const { code, out, err } = await bed.run(['domains', 'mx', 'add', 'a.example', 'a_b', 'c.example']);

    expect(code).toBe(1);
    expect(out).toBe('mx: domain a.example exists already, now as given here\n');
    expect(err).toBe('postern: cannot add domain a_b of mx: domain: "a_b" is not a domain name\n');
    expect(bed.asked).toHaveLength(2);
  });

  it('lists items with what is in force and what is wrong', async () => {
    const bed = await CliBed.start();
    const domains = [
      { domain: 'a.example', nextHop: 'ses', from: 'item', given: { nextHop: 'ses', note: 'main' } },
      { domain: 'B.example', given: {}, problem: 'must be written domain#b.example' },
    ];
    bed.answer('GET /servers/mx/domains?limit=1000', { value: { domains } });

    const { out } = await bed.run(['domains', 'mx']);

    expect(out.split('\n')).toEqual([
      'DOMAIN     NEXT HOP  HOP FROM  NOTE  PROBLEM',
      'a.example  ses       item      main',
      'B.example                            must be written domain#b.example',
      '',
    ]);
  });
});

describe('users', () => {
  it('creates with a password from standard input less its last line end, and shows it nowhere', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /users/bob%40example.com', { status: 201, value: BOB });
    const argv = ['users', 'bob@example.com', 'create', 'servers=mx,out', 'messagesPerHour=10', '--stdin'];

    const { code, out, err } = await bed.run(argv, { input: 'pass word\n' });

    expect({ code, out, err }).toEqual({ code: 0, out: 'User bob@example.com created\n', err: '' });
    expect(writes(bed.asked)).toEqual([
      [
        'PUT /users/bob%40example.com',
        {
          senders: ['bob@example.com'],
          servers: ['mx', 'out'],
          limits: { messagesPerHour: 10 },
          password: 'pass word',
        },
      ],
    ]);
    expect(bed.asked[0]?.headers['if-none-match']).toBe('*');
  });

  it('creates without one for OAuth', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /users/robot', { status: 201, value: { ...BOB, user: 'robot' } });

    await bed.run(['users', 'robot', 'create', 'servers=mx', 'senders=*@example.com,*', '--no-password']);

    expect(writes(bed.asked)).toEqual([['PUT /users/robot', { senders: ['*@example.com', '*'], servers: ['mx'] }]]);
  });

  it.each([
    ['', 'postern: The password is empty\n'],
    ['x'.repeat(1025), 'postern: The password is longer than 1024 octets\n'],
  ])('asks nothing of the API with a password that cannot be one: %#', async (input, err) => {
    const bed = await CliBed.start();

    expect(await bed.run(['password', 'bob@example.com', '--stdin'], { input })).toEqual({ code: 1, out: '', err });
    expect(bed.asked).toEqual([]);
  });

  it('sets limits in their map, and gives them back', async () => {
    const bed = await CliBed.start();
    bed.answer('PATCH /users/bob%40example.com', { value: BOB });

    const { out } = await bed.run([
      'users',
      'bob@example.com',
      'set',
      'messagesPerDay=',
      'recipientsPerDay=5',
      'enabled=false',
    ]);

    expect(writes(bed.asked)).toEqual([
      ['PATCH /users/bob%40example.com', { enabled: false, limits: { messagesPerDay: null, recipientsPerDay: 5 } }],
    ]);
    expect(out).toContain('limits      messagesPerHour 10\n');
  });

  it('lists by name', async () => {
    const bed = await CliBed.start();
    const zoe = { ...BOB, user: 'zoe', limits: {}, senders: [], hasPassword: false, problem: 'senders: …' };
    bed.answer('GET /users?limit=1000', { value: { users: [zoe, BOB] } });

    const { out } = await bed.run(['users']);

    expect(out.split('\n')).toEqual([
      'USER             ENABLED  PASSWORD  SERVERS  SENDERS          LIMITS              PROBLEM',
      'bob@example.com  true     yes       mx       bob@example.com  messagesPerHour 10',
      'zoe              true     no        mx                                            senders: …',
      '',
    ]);
  });

  it('unlocks until it is done', async () => {
    const bed = await CliBed.start();
    const [first, second] = [
      { unlocked: 100, done: false },
      { unlocked: 1, done: true },
    ];
    bed.answer('POST /users/bob/unlock', { value: first }, { value: second });

    const { out } = await bed.run(['users', 'bob', 'unlock']);

    expect(out).toBe('User bob: failed logins from 101 networks forgotten\n');
  });

  it('gives another password, and removes', async () => {
    const bed = await CliBed.start();
    bed.answer('PUT /users/team%2Fbob/password', { status: 204 }).answer('DELETE /users/team%2Fbob', { status: 204 });

    const changed = await bed.run(['password', 'team/bob', '--stdin'], { input: 'second' });
    const removed = await bed.run(['users', 'team/bob', 'remove']);

    expect([changed.out, removed.out]).toEqual(['User team/bob has another password\n', 'User team/bob removed\n']);
    expect(writes(bed.asked)).toEqual([
      ['PUT /users/team%2Fbob/password', { password: 'second' }],
      ['DELETE /users/team%2Fbob', undefined],
    ]);
  });
});
