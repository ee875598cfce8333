import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { CliBed, problem } from './test-support/cli-bed.ts';

const SERVER = { server: 'mx', hostname: 'mx.example.com', enabled: true, policyVersion: 'abc', problems: 0 };

describe('help', () => {
  it.each(COMMANDS)('of $name shows how it is used, and the options of all', async ({ name, options }) => {
    const bed = await CliBed.start();

    const { code, out, err } = await bed.run([name, '--help']);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: npm run postern -- ${name}`);
    for (const option of [...Object.keys(options), 'json', 'api']) expect(out).toContain(`--${option}`);
    expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  it('names every command, and is shown with code 2 where none is given', async () => {
    const bed = await CliBed.start();

    const [asked, nothing] = [await bed.run(['--help']), await bed.run([])];

    expect(asked.code).toBe(0);
    expect(nothing).toEqual({ code: 2, out: '', err: asked.out });
    for (const { name, summary } of COMMANDS) expect(asked.out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });
});

describe('what is typed wrong', () => {
  it.each([
    [['domain'], 'postern: "domain" is not a command: servers, commands, domains,'],
    [['domains'], 'postern: SERVER is missing'],
    [['domains', 'mx', 'a', 'b'], 'postern: What is "b"? Nothing more is expected here'],
    [['domains', 'mx', 'add'], 'postern: DOMAIN is missing'],
    [['domains', 'mx', 'remove', 'a', '--note', 'x'], 'postern: --next-hop and --note belong to add'],
    [['servers', 'mx', 'get'], 'postern: NAME=VALUE is missing behind get'],
    [['servers', 'mx', 'get', 'a=1'], 'postern: "get" is not one of set, create'],
    [['commands', 'mx', 'AUTH', 'reset', '--max-octets', '5'], 'postern: reset takes no --max-octets'],
    [['users', 'bob', 'create', 'servers=mx'], 'postern: "bob" is not an address, so senders= must say'],
    [['users', 'bob@example.com', 'create'], 'postern: servers=SERVER is missing'],
    [['users', 'bob@example.com', 'set', 'x=1', '--stdin'], 'postern: --stdin and --no-password belong to create'],
    [['password', 'bob'], 'postern: There is no terminal to ask for the password: use --stdin'],
    [['sessions', '--limit', 'x'], 'postern: --limit is "x" where a whole number from 0 on is expected'],
    [['events', '--follow', '--since', 'yesterday'], 'postern: --since is "yesterday" where a time is expected'],
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
    bed.answer('PATCH /servers/mx', problem(400, 'both', { errors }));

    const { code, out, err } = await bed.run(['servers', 'mx', 'set', 'maxRecipients=ten', 'foo=1']);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'postern: cannot change settings of mx: maxRecipients: "ten" is not a number; 1 to 50000 are allowed\n' +
        'postern: cannot change settings of mx: foo: is not known here (given: 1)\n',
    );
  });

  it.each([
    [problem(404, 'There is no server "mx"'), 'There is no server "mx"'],
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

  it('says so when nobody answers', async () => {
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
    bed.answer('GET /servers?limit=1000&next=abc%3D', { value: { servers: [{ ...SERVER, server: 'b', more: 1 }] } });

    const { out } = await bed.run(['servers', '--json']);

    expect(out).toBe(`${JSON.stringify(SERVER)}\n${JSON.stringify({ ...SERVER, server: 'b', more: 1 })}\n`);
  });

  it('is what the API under its own path answers, which is asked without a signature on this machine', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /prod/servers?limit=1000', { value: { servers: [] } });

    const { out } = await bed.run(['servers', '--api', `${bed.url}/prod/`]);

    expect(out).toBe('There is no server yet.\n');
    expect(bed.asked[0]?.headers.authorization).toBeUndefined();
  });
});
