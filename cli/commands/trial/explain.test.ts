/** explain for an envelope and for a recorded session, and replay of many that differ. */
import { describe, expect, it } from 'vitest';
import { CliBed } from '../../test-support/cli-bed.ts';

const CLIENT = { address: '203.0.113.9', port: 4711, tls: false };

function explained(replies: readonly (string | undefined)[]) {
  const line = (reply: string | undefined) => ({
    line: 'x',
    octets: 3,
    state: 'ready',
    ...(reply === undefined ? {} : { reply, rule: `rule ${reply.slice(0, 3)}` }),
  });
  const base = { server: 'mx', policyVersion: 'new', basis: 'in force', problems: [], client: CLIENT };
  return { value: { ...base, greeting: line('220 mx'), lines: replies.map(line), isClosed: false, isComplete: true } };
}

describe('explain of an envelope', () => {
  it.each([
    [
      ['--from', 'a@b.test', '--to', 'bob@example.com', '--to', '<x@example.org>'],
      ['EHLO client.example', 'MAIL FROM:<a@b.test>', 'RCPT TO:<bob@example.com>', 'RCPT TO:<x@example.org>'],
      {},
    ],
    [
      ['--from', '', '--to', 'a@b.c,d@e.f'],
      ['EHLO client.example', 'MAIL FROM:<>', 'RCPT TO:<a@b.c>', 'RCPT TO:<d@e.f>'],
      {},
    ],
    [
      ['--user', 'alice@example.com', '--to', 'jürgen@bücher.example'],
      ['EHLO client.example', 'MAIL FROM:<alice@example.com> SMTPUTF8', 'RCPT TO:<jürgen@bücher.example>'],
      { identity: 'alice@example.com' },
    ],
  ])('of %j plays its lines', async (argv, dialogue, more) => {
    const bed = await CliBed.start();
    bed.answer('POST /servers/mx/explain', explained(['250 OK']));

    const { code } = await bed.run(['explain', 'mx', '--client', '203.0.113.9', ...argv]);

    expect(code).toBe(0);
    expect(bed.asked[0]?.body).toEqual({ dialogue, client: { address: '203.0.113.9' }, ...more });
  });
});

describe('explain of a message', () => {
  const ENVELOPE = ['--from', 'a@b.test', '--to', 'bob@example.com'];

  it.each([
    ['as an editor wrote it', 'Subject: x\n\ny\n'],
    ['as it came', 'Subject: x\r\n\r\ny\r\n'],
  ])('sends the file %s', async (_how, text) => {
    const bed = await CliBed.start();
    bed.answer('POST /servers/mx/explain', explained(['250 OK']));
    const file = await bed.file('invoice.eml', text);

    const { code } = await bed.run(['explain', 'mx', ...ENVELOPE, '--message', file]);

    expect(code).toBe(0);
    const octets = Buffer.from('Subject: x\r\n\r\ny\r\n').toString('base64');
    expect(bed.asked[0]?.body).toMatchObject({ content: { octets } });
  });

  it('says that a file is not there, and asks nothing', async () => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['explain', 'mx', ...ENVELOPE, '--message', 'none.eml']);

    expect({ code, asked: bed.asked }).toEqual({ code: 1, asked: [] });
    expect(err).toContain('Cannot read none.eml: there is no such file or folder');
  });
});

describe('explain of a session', () => {
  const command = (verb: string, line: string | undefined, reply: number, octets = 10) => ({
    verb,
    octets,
    reply,
    answer: 'as recorded',
    ...(line === undefined ? {} : { line }),
  });
  const COMMANDS = [
    command('EHLO', 'EHLO laptop', 250),
    command('STARTTLS', 'STARTTLS', 220),
    command('EHLO', 'EHLO laptop', 250),
    command('AUTH', 'AUTH PLAIN', 334),
    command('AUTH', undefined, 235),
    command('unknown', undefined, 500, 6),
    command('MAIL', 'MAIL FROM:<alice@example.com>', 250),
    command('RCPT', 'RCPT TO:<bob@example.com>', 250),
    command('DATA', 'DATA', 354),
    command('DATA', '.', 250),
    command('QUIT', 'QUIT', 221),
  ];
  const TRANSCRIPT = {
    session: 'Ab3dEf6hIj9k',
    server: 'mx',
    client: { ...CLIENT, tls: true, helo: 'laptop' },
    identity: 'alice@example.com',
    startedAt: '2026-11-24T10:00:00.000Z',
    policyVersions: ['old'],
    commands: COMMANDS,
    events: [],
  };
  const BEFORE_DATA = [
    'EHLO laptop',
    'STARTTLS',
    'EHLO laptop',
    { octets: 'WFhYWA0K' },
    'MAIL FROM:<alice@example.com>',
    'RCPT TO:<bob@example.com>',
    'DATA',
  ];
  const CONTENT = ['From: <alice@example.com>', 'Subject: not recorded', '', 'Not recorded.', '.'];
  const SAME = [
    '250 mx',
    '220 go',
    '250-mx\n250 SIZE',
    '500 what',
    '250 ok',
    '250 ok',
    '354 go',
    undefined,
    undefined,
    undefined,
    undefined,
    '250 ok',
    '221 bye',
  ];

  it('plays its commands without credentials, and a message in place of the one that is not recorded', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /sessions/Ab3dEf6hIj9k?limit=1000', { value: TRANSCRIPT });
    bed.answer('POST /servers/mx/explain', explained(SAME));

    const { code, out } = await bed.run(['explain', '--session', 'Ab3dEf6hIj9k.1']);

    expect(code).toBe(0);
    expect(bed.asked[1]?.body).toEqual({
      dialogue: [...BEFORE_DATA, ...CONTENT, 'QUIT'],
      client: { address: '203.0.113.9', port: 4711, tls: false },
      identity: 'alice@example.com',
    });
    expect(out).toMatch(/^EHLO laptop +250 as recorded +250 mx +rule 250$/m);
    expect(out).toMatch(/^\(AUTH exchange, not shown\) +235 as recorded +\(not played\)$/m);
    expect(out).toContain('Each reply has the code it had then.\n');
  });

  it('leaves the content out where DATA is refused now, and counts what differs', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /sessions/Ab3dEf6hIj9k?limit=1000', { value: TRANSCRIPT });
    const replies = [...SAME.slice(0, 5), '550 no', '554 no recipients'];
    bed.answer(
      'POST /servers/mx/explain',
      explained([...replies, ...SAME.slice(7)]),
      explained([...replies, '221 bye']),
    );

    const { out } = await bed.run(['explain', '--session', 'Ab3dEf6hIj9k']);

    expect(bed.asked[2]?.body).toMatchObject({ dialogue: [...BEFORE_DATA, 'QUIT'] });
    expect(out).toMatch(/^RCPT TO:<bob@example\.com> +250 as recorded +550 no +rule 550$/m);
    expect(out).toMatch(/^\(end of message\) +250 as recorded +\(not played\)$/m);
    expect(out).toContain('2 of 11 replies differ.\n');
  });
});

describe('replay of many that differ', () => {
  const differing = (at: number) => ({
    session: `s${String(at).padStart(11, '0')}`,
    at: '2026-11-24T10:00:00.000Z',
    client: '203.0.113.9',
    differences: [
      {
        line: `RCPT TO:<user${at}@Example.com>`,
        before: { reply: '250 2.1.5 OK', nextHop: 'ses' },
        after: { reply: '550 5.7.1 No', rule: 'relay-domains' },
      },
      ...(at % 2 === 0
        ? [
            {
              line: '.',
              before: { reply: `250 2.0.0 OK s${String(at).padStart(11, '0')}.1` },
              after: { reply: '554 No' },
            },
          ]
        : []),
    ],
  });
  const page = {
    server: 'mx',
    since: 'a',
    until: 'b',
    policyVersion: 'new',
    inForceVersion: 'old',
    differentAlready: 0,
    notReplayed: [],
  };

  async function replayed(count: number, argv: readonly string[] = []): Promise<string> {
    const bed = await CliBed.start();
    const sessions = Array.from({ length: count }, (_, at) => differing(at));
    bed.answer('POST /servers/mx/replay', { value: { ...page, scanned: count, sessions } });
    const { out } = await bed.run(['replay', 'mx', '--policy', '-', ...argv], { input: '{"settings":{}}' });
    return out;
  }

  it('puts equal differences together, the most frequent first', async () => {
    const out = await replayed(3878);

    expect(out.split('\n').slice(1)).toEqual([
      ' 3878  RCPT TO:<…@example.com>  250 2.1.5 OK, ses  550 5.7.1 No, rule relay-domains  s00000000000, s00000000001, s00000000002',
      ' 1939  .                        250 2.0.0 OK ID    554 No                            s00000000000, s00000000002, s00000000004',
      '--each shows each session.',
      '3878 sessions played, 3878 would have come out differently.',
      '',
    ]);
  });

  it.each([
    [10, []],
    [30, ['--each']],
  ])('shows each of %i with %j', async (count, argv) => {
    const out = await replayed(count, argv);

    expect(out.match(/^ {2}RCPT TO:<user\d+@Example\.com>$/gm)).toHaveLength(count);
  });
});
