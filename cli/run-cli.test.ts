import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { CliBed, problem } from './test-support/cli-bed.ts';

const SETTINGS = { server: 'mx', policyVersion: 'abc', settings: {}, given: {} };
const SERVER = { server: 'mx', hostname: 'mx.example.com', enabled: true, policyVersion: 'abc', problems: 0 };

describe('help', () => {
  it.each(COMMANDS)('of $name shows how it is used, and the options of all', async ({ name, load }) => {
    const bed = await CliBed.start();
    const { options } = await load();

    const { code, out, err } = await bed.run([name, '--help']);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: postern ${name}`);
    for (const option of [...Object.keys(options), 'json', 'csv', 'utc', 'api']) expect(out).toContain(`--${option}`);
    expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  it('names every command, and is shown with code 2 where none is given', async () => {
    const bed = await CliBed.start();

    const [asked, nothing] = [await bed.run(['--help']), await bed.run([])];
    const [help, ofOne] = [await bed.run(['help']), await bed.run(['help', 'check'])];

    expect(asked.code).toBe(0);
    expect(help).toEqual(asked);
    expect(ofOne.out).toContain('Usage: postern check');
    expect(nothing).toEqual({ code: 2, out: '', err: asked.out });
    for (const { name, summary } of COMMANDS) expect(asked.out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });
});

describe('what is typed wrong', () => {
  it.each([
    [['domain'], 'postern: "domain" is not a command: servers, commands, domains,'],
    [['domains'], 'postern: SERVER is missing'],
    [['domains', 'mx', 'a', 'b'], 'postern: "a" is not one of add, remove'],
    [['domains', 'mx', 'add'], 'postern: DOMAIN is missing'],
    [['domains', 'mx', 'remove', 'a', '--note', 'x'], 'postern: --next-hop and --note belong to add'],
    [['servers', 'mx', 'set'], 'postern: NAME=VALUE is missing after set'],
    [['clients', 'mx', 'allow', '10.0.0.0/8'], 'postern: "allow" is not one of deny, relay, remove'],
    [
      ['domains', 'mx', 'add', '192.0.2.1'],
      'postern: "192.0.2.1" is an IP address; networks belong to postern clients',
    ],
    [['domains', 'mx', 'add', '[IPv6:2001:db8::1]'], 'postern: "[IPv6:2001:db8::1]" is an IP address'],
    [
      ['domains', 'mx', 'add', '*.example.com'],
      'postern: "*.example.com" is not a domain name: subdomains are listed one',
    ],
    [['domains', 'mx', 'add', 'bob@example.com'], 'postern: "bob@example.com" is an address; name the domain'],
    [['check', 'a', 'b'], 'postern: "b" is not expected here'],
    [['servers', 'mx', 'set', 'enabled=maybe'], 'postern: enabled is "maybe" where true or false is expected'],
    [['servers', 'mx', 'set', 'enabled=no', '--force'], 'postern: --force belongs to remove'],
    [
      ['users', 'bob@example.com', 'set', 'foo=1'],
      'postern: "foo" is not an attribute of a user: servers, senders, enabled',
    ],
    [['completion', 'tcsh'], 'postern: "tcsh" is not one of bash, zsh, fish'],
    [['sessions', 'Tj0naOpxOoc', '--since', 'foorday'], 'postern: --since is "foorday" where a time is expected'],
    [['sessions', '--since', '1h', '--until', '2h'], 'postern: --since 1h is not before --until 2h'],
    [['events', '--user', 'a', '--identity', 'b'], 'postern: --user and --identity are the same: give one'],
    [['events', '--session', 'x'], 'postern: --session is "x" where the id of a session is expected'],
    [['explain', 'mx', '--to', 'bob@example.com'], 'postern: --from SENDER is missing'],
    [['explain', 'mx', '--from', 'a@b.c', 'file'], 'postern: --from and --to stand in place of a FILE'],
    [['explain', 'mx', '--session', 'Tj0naOpxOoc-'], 'postern: --session stands with --policy alone'],
    [['servers', 'mx', 'get', 'a=1'], 'postern: "get" is not one of set, create, remove'],
    [['commands', 'mx', 'AUTH', 'reset', '--max-octets', '5'], 'postern: reset takes no --max-octets'],
    [['users', 'bob', 'create', 'servers=mx'], 'postern: "bob" is not an address, so senders= must say'],
    [['users', 'bob@example.com', 'create'], 'postern: servers=SERVER is missing'],
    [['users', 'bob@example.com', 'set', 'x=1', '--stdin'], 'postern: --stdin and --no-password belong to create'],
    [['password', 'bob'], 'postern: There is no terminal to ask for the password: use --stdin'],
    [['sessions', '--limit', 'x'], 'postern: --limit is "x" where a whole number from 0 on is expected'],
    [['events', '--follow', '--since', 'soon'], 'postern: --since is "soon" where a time is expected'],
    [['events', '--follow', '--until', '2h'], 'postern: --follow takes no --until'],
    [['replay', 'mx'], 'postern: --policy FILE is missing'],
    [['explain', 'mx', '--policy', '-'], 'postern: Only one of dialogue and policy can be standard input'],
    [['import', 'mx'], 'postern: FILE is missing'],
    [['servers', '..'], 'postern: ".." is no name'],
    [['servers', '--api', 'example.com'], 'postern: --api is "example.com" where a URL is expected'],
  ])('%j: code 2, nothing asked, and why', async (argv, message) => {
    const bed = await CliBed.start();

    const { code, out, err } = await bed.run(argv);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.split('\n')[0]).toContain(message);
    expect(err).toMatch(/--help tells more\n$/);
    expect(bed.asked).toEqual([]);
  });
});

describe('what the API does not do', () => {
  it('is told field by field, with code 1', async () => {
    const bed = await CliBed.start();
    const errors = [
      { field: 'maxRecipients', value: 'ten', problem: '"ten" is not a number; 1 to 50000 are allowed' },
      { field: 'foo', value: 1, problem: 'is not known here' },
    ];
    bed.answer('GET /servers/mx', { value: SETTINGS }).answer('PATCH /servers/mx', problem(400, 'both', { errors }));

    const { code, out, err } = await bed.run(['servers', 'mx', 'set', 'maxRecipients=ten', 'foo=1']);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'postern: cannot change settings of mx: maxRecipients: "ten" is not a number; 1 to 50000 are allowed\n' +
        'postern: cannot change settings of mx: foo: is not known here (given: 1)\n',
    );
  });

  it.each([
    [
      problem(404, 'There is no server "mx"; PUT /servers/{server} makes one'),
      'There is no server "mx"; postern servers lists them, postern servers mx create makes one',
    ],
    [
      { status: 403, value: { message: 'Forbidden' } },
      'Forbidden (403: the credentials in use lack execute-api:Invoke',
    ],
    [{ status: 503, value: { message: null } }, 'the API answered 503'],
    [{ status: 502, text: '<html>' }, 'the API answered 502'],
    [{ status: 200, text: '<html>' }, 'does not answer as the admin API of this version'],
    [{ status: 200, value: { server: 5 } }, 'does not answer as the admin API of this version (server)'],
  ])('%j is told in one line', async (answer, message) => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', answer);

    const { code, err } = await bed.run(['servers', 'mx']);

    expect(code).toBe(1);
    expect(err).toMatch(/^postern: cannot show mx: .*\n$/);
    expect(err).toContain(message);
  });

  it('is no escape sequence for the terminal', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/mx', problem(404, 'There is no \x1b[31mserver'));

    const { err } = await bed.run(['servers', 'mx']);

    expect(err).toBe('postern: cannot show mx: There is no \\x1b[31mserver\n');
  });

  it('says so when no one answers', async () => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['servers'], { environment: { POSTERN_API: 'http://127.0.0.1:1' } });

    expect(code).toBe(1);
    expect(err).toMatch(/^postern: No admin API answers at http:\/\/127\.0\.0\.1:1 \(.*\): start it with npm start, /);
  });

  it('is not asked for when Ctrl-C comes before the end of standard input', async () => {
    const bed = await CliBed.start();

    const outcome = await bed.run(['explain', 'mx'], { input: 'EHLO a', signal: AbortSignal.abort() });

    expect(outcome).toEqual({ code: 130, out: '', err: 'postern: interrupted\n' });
    expect(bed.asked).toEqual([]);
  });

  it('ends with 130 when Ctrl-C came', async () => {
    const bed = await CliBed.start();

    expect(await bed.run(['servers'], { signal: AbortSignal.abort() })).toEqual({
      code: 130,
      out: '',
      err: 'postern: interrupted\n',
    });
  });
});

describe('output', () => {
  it('has colours on a terminal, and none in a pipe', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers?limit=1000', { value: { servers: [SERVER] } });

    const [terminal, pipe] = [await bed.run(['servers'], { columns: 100 }), await bed.run(['servers'])];

    expect(terminal.out).toContain('\x1b[1mSERVER');
    expect(pipe.out).not.toContain('\x1b');
  });

  it('is one line of JSON for each entry of all pages with --json', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers?limit=1000', { value: { servers: [SERVER], next: 'abc=' } });
    bed.answer('GET /servers?limit=1000&next=abc%3D', { value: { servers: [{ ...SERVER, server: 'b' }] } });

    const { out } = await bed.run(['servers', '--json']);

    expect(out).toBe(`${JSON.stringify(SERVER)}\n${JSON.stringify({ ...SERVER, server: 'b' })}\n`);
  });

  it('is what the API under its own path answers, which is asked without a signature on this machine', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /prod/servers?limit=1000', { value: { servers: [] } });

    const { out } = await bed.run(['servers', '--api', `${bed.url}/prod/`]);

    expect(out).toBe('There is no server yet.\n');
    expect(bed.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('is CSV with --csv, and nothing but the list', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers?limit=1000', { value: { servers: [{ ...SERVER, hostname: 'a, "b" c' }] } });

    const { out } = await bed.run(['servers', '--csv']);

    expect(out).toBe('SERVER,HOSTNAME,ENABLED,POLICY,PROBLEMS\r\nmx,"a, ""b"" c",yes,abc,0\r\n');
  });

  it('of a file is named from where the command was typed', async () => {
    const bed = await CliBed.start();

    const { err } = await bed.run(['explain', 'mx', 'absent.txt'], { folder: bed.stateFolder });
    const { err: unwritable } = await bed.run(['explain', 'mx', '.'], { folder: bed.stateFolder });

    expect(err).toBe('postern: Cannot read absent.txt: there is no such file or folder\n');
    expect(unwritable).toBe('postern: Cannot read .: it is a folder\n');
  });
});

describe('completion', () => {
  it.each([
    [['ser'], ['servers']],
    [
      ['domains', ''],
      ['inbound', 'mx'],
    ],
    [['domains', 'in'], ['inbound']],
    [
      ['domains', 'mx', ''],
      ['add', 'remove'],
    ],
    [
      ['domains', 'mx', '--'],
      ['--api', '--csv', '--help', '--json', '--next-hop', '--note', '--utc'],
    ],
    [['domains', '--note', 'x', 'mx', 'a'], ['add']],
    [['commands', 'mx', 'ST'], ['STARTTLS']],
    [['servers', 'mx', 'set', 'maxRec'], ['maxRecipients=']],
    [['users', 'bo'], ['bob@example.com']],
    [
      ['users', 'x', 'create', 'mess'],
      ['messagesPerDay=', 'messagesPerHour='],
    ],
    [['sessions', '--user', ''], ['bob@example.com']],
    [
      ['events', '--type', 'pol'],
      ['policy-changed', 'policy-invalid'],
    ],
    [
      ['completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [['lost', ''], []],
    [['explain', 'mx', ''], []],
  ])('of %j offers %j', async (words, candidates) => {
    const bed = await CliBed.start();
    bed.answer('GET /servers?limit=1000', { value: { servers: [SERVER, { ...SERVER, server: 'inbound' }] } });
    const rights = { enabled: true, servers: [], senders: [], mayBounce: false, limits: {} };
    const user = { user: 'bob@example.com', hasPassword: true, ...rights };
    bed.answer('GET /users?limit=1000', { value: { users: [user] } });

    const { code, out, err } = await bed.run(['__complete', ...words]);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => line !== '')).toEqual(candidates);
  });

  it('of names is silent where no API answers', async () => {
    const bed = await CliBed.start();

    const outcome = await bed.run(['__complete', 'domains', ''], {
      environment: { POSTERN_API: 'http://127.0.0.1:1' },
    });

    expect(outcome).toEqual({ code: 0, out: '', err: '' });
  });
});
