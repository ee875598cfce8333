/** Commands that tell what happened, or would: sessions, explain, replay. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CliBed, problem } from '../test-support/cli-bed.ts';

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
const TRANSCRIPT = {
  session: 'Ab3dEf6hIj9k',
  server: 'submission',
  client: CLIENT,
  identity: 'alice@example.com',
  startedAt: '2026-11-24T10:00:00.000Z',
  endedAt: '2026-11-24T10:00:02.500Z',
  ending: 'QUIT',
  policyVersions: ['abc'],
  commands: [
    { at: '2026-11-24T10:00:00.010Z', verb: 'EHLO', line: 'EHLO laptop', octets: 13, reply: 250, answer: 'mx' },
    { at: '2026-11-24T10:00:00.020Z', verb: 'AUTH', line: 'AUTH LOGIN', octets: 12, reply: 334 },
    { at: '2026-11-24T10:00:00.030Z', verb: 'AUTH', octets: 26, reply: 334 },
    { at: '2026-11-24T10:00:00.090Z', verb: 'AUTH', octets: 18, reply: 235, answer: '2.7.0 Authentication succeeded' },
    {
      at: '2026-11-24T10:00:00.100Z',
      verb: 'unknown',
      octets: 600,
      reply: 500,
      answer: '5.5.2 Line too long',
      rule: 'line',
    },
    {
      at: '2026-11-24T10:00:01.000Z',
      verb: 'DATA',
      line: '.',
      octets: 1200,
      reply: 250,
      answer: '2.0.0 OK',
      rule: 'next-hop',
    },
  ],
  events: [
    {
      type: 'login',
      id: 'l',
      at: '2026-11-24T10:00:00.090Z',
      server: 'submission',
      verdict: 'permit',
      mechanism: 'LOGIN',
      username: 'alice@example.com',
      reply: '235 2.7.0 OK',
    },
    { type: 'refusal', id: 'r', at: '2026-11-24T10:00:00.100Z', server: 'submission' },
  ],
  commandsOmitted: 3,
};

/** A page of events, as the API answers it. */
function page(events: readonly unknown[], next?: string) {
  const span = { since: '2026-11-24T00:00:00.000Z', until: '2026-11-25T00:00:00.000Z' };
  return { events, ...span, ...(next === undefined ? {} : { next }) };
}

async function fileWith(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'file');
  writeFileSync(file, text);
  return file;
}

/** Lists show the day by the day on which they are read. */
beforeEach(() => {
  vi.setSystemTime('2026-11-25T12:00:00Z');
});
afterEach(() => {
  vi.useRealTimers();
});

describe('sessions', () => {
  it('lists those that ended, and nothing that a terminal would obey', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /servers/submission', {
      value: { server: 'submission', policyVersion: null, settings: null, given: {} },
    });
    bed.answer('GET /events?address=203.0.113.9&server=submission&type=session&limit=3', {
      value: page([SESSION, { ...SESSION, id: 's2' }, { ...SESSION, id: 's3' }], 'more'),
    });
    bed.answer('GET /events?address=203.0.113.9&server=submission&type=session&limit=1000&next=more', {
      value: page(Array.from({ length: 5159 }, () => SESSION)),
    });

    const { out } = await bed.run(['sessions', 'submission', '--address', '203.0.113.9', '--limit', '2']);

    expect(out.split('\n')).toHaveLength(5);
    expect(out).toContain('24 Nov 10:00:02  Ab3dEf6hIj9k  203.0.113.9  laptop\\x1b[2J  yes');
    expect(out).toMatch(/alice@example\.com +2\.5 +1 message +QUIT/);
    expect(out).toMatch(/\n2 of 5,162; --limit 0 shows all\n$/);
  });

  it('shows a transcript in which one sees that AUTH went through', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /sessions/Ab3dEf6hIj9k?limit=1000', { value: TRANSCRIPT });

    const { out } = await bed.run(['sessions', 'Ab3dEf6hIj9k']);

    expect(out.split('\n')).toEqual([
      'session         Ab3dEf6hIj9k',
      'server          submission',
      'client          203.0.113.9 port 4711, laptop\\x1b[2J, TLS',
      'user            alice@example.com',
      'started         2026-11-24 10:00:00 +00:00',
      'ended           2026-11-24 10:00:02 +00:00, QUIT',
      'policy version  abc',
      '',
      'TIME          COMMAND                     OCTETS  REPLY                               RULE',
      '10:00:00.010  EHLO laptop                     13  250 mx',
      '10:00:00.020  AUTH LOGIN                      12  334',
      '10:00:00.030  (AUTH exchange, not shown)      26  334',
      '10:00:00.090  (AUTH exchange, not shown)      18  235 2.7.0 Authentication succeeded',
      '10:00:00.100  (unknown, not kept)            600  500 5.5.2 Line too long             line',
      '10:00:01.000  (end of message)              1200  250 2.0.0 OK                        next-hop',
      '3 further commands were not recorded.',
      '',
      '10:00:00.090  login ok (LOGIN), alice@example.com, 235 2.7.0 OK',
      '',
    ]);
  });

  it('shows a long one whole, from its parts', async () => {
    const bed = await CliBed.start();
    const { endedAt: _endedAt, ending: _ending, ...part } = TRANSCRIPT;
    bed.answer('GET /sessions/Ab3dEf6hIj9k?limit=1000', { value: { ...part, next: 'n' } });
    bed.answer('GET /sessions/Ab3dEf6hIj9k?limit=1000&next=n', {
      value: { ...TRANSCRIPT, startedAt: '2026-11-24T10:00:01.000Z', policyVersions: ['def'] },
    });

    const { out } = await bed.run(['sessions', 'Ab3dEf6hIj9k']);

    expect(out).toContain('started         2026-11-24 10:00:00 +00:00\n');
    expect(out).toContain('policy version  abc, def\n');
    expect(out.match(/EHLO laptop/g)).toHaveLength(2);
  });

  it('takes what is no session for a server', async () => {
    const bed = await CliBed.start();
    const server = 'server-of-12';
    bed.answer(`GET /sessions/${server}?limit=1000`, problem(404, 'There is no event of session'));
    bed.answer(`GET /servers/${server}`, { value: { server, policyVersion: null, settings: null, given: {} } });
    bed.answer(`GET /events?server=${server}&type=session&limit=101`, { value: page([]) });

    const { code, out } = await bed.run(['sessions', server]);

    expect({ code, out }).toEqual({ code: 0, out: 'No session has ended in this time.\n' });
  });

  it('follows: what comes later is shown once, oldest first, until Ctrl-C, whatever the API does meanwhile', async () => {
    const bed = await CliBed.start();
    const interruption = new AbortController();
    vi.setSystemTime('2026-11-24T10:00:00Z');
    const at = (id: string, second: string) => ({ ...SESSION, id, session: id, at: `2026-11-24T10:00:${second}.000Z` });
    const first = 'GET /events?since=2026-11-24T09%3A59%3A00.000Z&type=session&limit=1000';
    bed.answer(
      first,
      { value: page([{ ...SESSION, id: 'old', session: 'old', at: '2026-11-24T09:59:59.000Z' }]) },
      problem(503, 'The tables do not answer'),
      { value: page([at('two', '02'), at('one', '01'), { ...SESSION, id: 'old', session: 'old' }]) },
    );
    const later = 'GET /events?since=2026-11-24T09%3A59%3A02.000Z&type=session&limit=1000';
    // One proxy's clock is an hour ahead: what others tell later is seen all the same.
    const ahead = { ...SESSION, id: 'ahead', session: 'ahead', at: '2026-11-24T11:00:00.000Z' };
    bed.answer(later, { value: page([ahead, at('three', '03'), at('two', '02'), at('one', '01'), at('late', '00')]) });

    const running = bed.run(['sessions', '--follow', '--json'], { signal: interruption.signal });
    await vi.waitUntil(() => bed.asked.length > 0);
    vi.setSystemTime('2026-11-24T10:00:10Z');
    const last = 'GET /events?since=2026-11-24T09%3A59%3A10.000Z&type=session&limit=1000';
    bed.answer(last, { value: page([at('four', '11'), ahead]) });
    await vi.waitUntil(() => bed.asked.filter(({ what }) => what === last).length > 1, { timeout: 15_000 });
    interruption.abort();
    const { code, out, err } = await running;

    expect(code).toBe(0);
    const shown = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).session);
    expect(shown).toEqual(['one', 'two', 'late', 'three', 'ahead', 'four']);
    expect(err).toContain('cannot list events: The tables do not answer; still trying');
  });
});

describe('explain', () => {
  const ANSWER = {
    server: 'mx',
    policyVersion: 'abc',
    basis: 'in force',
    problems: [{ item: 'command#AUTH', problem: 'maxOctets: no' }],
    client: { address: '192.0.2.1', port: 25, tls: false },
    greeting: { line: '(connects)', octets: 0, reply: '220 mx', state: 'greeted' },
    lines: [
      { line: 'EHLO a', octets: 8, reply: '250-mx\n250 SIZE', state: 'ready' },
      {
        line: 'VRFY',
        octets: 900,
        reply: '500 5.5.2 Long',
        rule: 'command#VRFY',
        limit: 512,
        state: 'ready',
        notes: ['n'],
        reportOnly: ['r'],
      },
    ],
    isClosed: true,
    isComplete: false,
  };

  it('plays lines from standard input, and shows reply, rule and notes', async () => {
    const bed = await CliBed.start();
    bed.answer('POST /servers/mx/explain', { value: ANSWER });

    const { out, err } = await bed.run(['explain', 'mx', '--client', '203.0.113.9', '--tls'], {
      input: 'EHLO a\r\nVRFY\n\n',
    });

    expect(bed.asked[0]?.body).toEqual({
      dialogue: ['EHLO a', 'VRFY', ''],
      client: { address: '203.0.113.9', tls: true },
    });
    expect(out.split('\n').slice(3)).toEqual([
      'LINE        REPLY           RULE                      OCTETS  NOTES',
      '(connects)  220 mx                                         0',
      'EHLO a      250-mx                                         8',
      '            250 SIZE',
      'VRFY        500 5.5.2 Long  command#VRFY (limit 512)     900  n, only reported: r',
      'The connection is closed.',
      '',
    ]);
    expect(err).toBe('Time ran out before the last line.\ncommand#AUTH is not in force as it stands: maxOctets: no\n');
  });

  it('takes a JSON dialogue, and a policy that no one has saved', async () => {
    const bed = await CliBed.start();
    bed.answer('POST /servers/mx/explain', { value: ANSWER });
    const dialogue = ['EHLO a', { waitSeconds: 301 }];
    const policy = { settings: { hostname: 'mx' }, domains: { 'a.example': {} } };
    const [dialogueFile, policyFile] = [
      await fileWith(JSON.stringify(dialogue)),
      await fileWith(JSON.stringify(policy)),
    ];

    await bed.run(['explain', 'mx', '--identity', 'bob', '--policy', policyFile, dialogueFile]);

    expect(bed.asked[0]?.body).toMatchObject({ dialogue, identity: 'bob', policy });
  });

  it.each([
    ['{"settings":', 'is not JSON (', ''],
    [
      '\n> postern@0.1.0 postern\n> node cli/main.ts export mx\n\n{}',
      'is not JSON: it begins with what npm run says',
      '',
    ],
    ['{"domains":{}}', 'is no policy document: settings: ', ''],
  ])('asks nothing with a document %j', async (text, message) => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['explain', 'mx', '--policy', await fileWith(text)]);

    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(bed.asked).toEqual([]);
  });
});

it('replay shows what would have been answered differently, page by page, and sums up', async () => {
  const bed = await CliBed.start();
  const page = {
    server: 'mx',
    since: 'a',
    until: 'b',
    policyVersion: 'new',
    inForceVersion: 'old',
    differentAlready: 1,
  };
  const differences = [
    {
      line: 'RCPT TO:<x@y.z>',
      before: { reply: '250 OK', nextHop: 'ses' },
      after: { reply: '550 No', rule: 'relay-domains' },
    },
    { line: '.', before: { reply: '250 OK' }, after: { unknown: 'it was never recorded' } },
  ];
  const sessions = [{ session: 'Ab3dEf6hIj9k', at: '2026-11-24T10:00:00.000Z', client: '203.0.113.9', differences }];
  const notReplayed = [{ session: 'x', at: 'y', why: 'too many commands' }];
  bed.answer(
    'POST /servers/mx/replay',
    { value: { ...page, scanned: 100, sessions, notReplayed, next: 'n' } },
    { value: { ...page, scanned: 3, sessions: [], notReplayed } },
  );

  const { code, out, err } = await bed.run(['replay', 'mx', '--policy', '-', '--since', '2026-11-01'], {
    input: '{"settings":{}}',
  });

  expect(code).toBe(0);
  expect(bed.asked.map(({ body }) => body)).toMatchObject([
    { since: '2026-11-01T00:00:00.000Z' },
    { since: '2026-11-01T00:00:00.000Z', next: 'n' },
  ]);
  expect(err).toBe('100 sessions played, 1 differ\n');
  expect(out.split('\n')).toEqual([
    '2026-11-24 10:00:00 +00:00  Ab3dEf6hIj9k  203.0.113.9',
    '  RCPT TO:<x@y.z>',
    '    was    250 OK, ses',
    '    would  550 No, rule relay-domains',
    '  .',
    '    was    250 OK',
    '    would  it was never recorded',
    '103 sessions played, 1 would have come out differently.',
    '2 differ from their records under the policy in force too, and are not shown.',
    '2 not played: too many commands',
    '',
  ]);
});
