import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdminBed } from '../../test-support/admin-bed.ts';
import { recordConsole } from '../../test-support/invocation.ts';
import { ALICE, PASSWORD } from '../../test-support/users.ts';
import { MAX_ENTRY_OCTETS, MAX_LINES } from '../../trial/explain/explain-dialogue.ts';
import type { ExplainedLine } from '../contract/answers/explain-answer.ts';

const SETTINGS = {
  hostname: 'submission.example.com',
  authentication: 'required',
  relay: 'any-domain',
  defaultNextHop: 'ses',
};
const DOCUMENT = { settings: SETTINGS, domains: { 'example.com': { nextHop: 'smtp://mta.example.com:25' } } };
const HELLO = 'EHLO client.example';
const MAIL = 'MAIL FROM:<alice@example.com>';
const RCPT = 'RCPT TO:<bob@example.net>';

let bed: AdminBed;

beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.call('PUT', '/servers/submission/policy', { body: DOCUMENT });
  await bed.call('PUT', '/servers/inbound/policy', {
    body: { ...DOCUMENT, settings: { ...SETTINGS, authentication: 'none', relay: 'listed-domains' } },
  });
  await bed.put('users', { ...ALICE, limits: { messagesPerDay: 1 } });
  await bed.put('users', { ...ALICE, user: 'off@example.com', enabled: false });
  await bed.put('users', { ...ALICE, user: 'elsewhere@example.com', servers: new Set(['other']) });
  await bed.put('users', { user: 'broken@example.com', verifier: 'none' });
});
afterAll(() => bed.stop());
afterEach(() => {
  vi.restoreAllMocks();
});

interface Answer {
  readonly policyVersion: string;
  readonly basis: string;
  readonly problems: readonly { readonly item: string }[];
  readonly client: object;
  readonly identity?: string;
  readonly greeting: ExplainedLine;
  readonly lines: readonly ExplainedLine[];
  readonly isClosed: boolean;
  readonly isComplete: boolean;
}

async function explain(body: object, server = 'submission'): Promise<Answer> {
  const { status, value } = await bed.call('POST', `/servers/${server}/explain`, { body });
  expect({ status, value }).toMatchObject({ status: 200 });
  return value as unknown as Answer;
}

/** First line of each reply, with its rule. */
function told({ lines }: Answer): readonly string[] {
  return lines.map(({ reply = '-', rule = '' }) => `${reply.split('\n', 1)[0]?.slice(0, 9)} ${rule}`.trim());
}

describe('POST /servers/{server}/explain', () => {
  it('answers for each line the whole reply, the rule, the next hop and what was assumed', async () => {
    const content = ['DATA', 'Subject: x', '', 'Hello', '.'];

    const answer = await explain({ dialogue: [HELLO, MAIL, 'RCPT TO:<bob@example.com>', RCPT, ...content] }, 'inbound');

    expect(answer).toMatchObject({
      basis: 'in force',
      problems: [],
      client: { address: '192.0.2.1', port: 0, tls: false },
      greeting: { line: '(connects)', reply: '220 submission.example.com ESMTP Postern', state: 'connected' },
      isClosed: false,
      isComplete: true,
    });
    expect(answer.lines[0]?.reply?.split('\n')).toEqual([
      '250-submission.example.com',
      '250-PIPELINING',
      '250-SIZE 26214400',
      '250-8BITMIME',
      '250-SMTPUTF8',
      '250-ENHANCEDSTATUSCODES',
      '250 STARTTLS',
    ]);
    expect(answer.lines.slice(1)).toEqual([
      { line: MAIL, octets: 31, reply: '250 2.1.0 Sender OK', state: 'mail' },
      {
        line: 'RCPT TO:<bob@example.com>',
        octets: 27,
        reply: '250 2.1.5 Recipient OK',
        rule: 'domain#example.com',
        nextHop: 'smtp://mta.example.com:25?tls=offer',
        state: 'rcpt',
        notes: ['assumed: next hop takes it'],
      },
      { line: RCPT, octets: 27, reply: '550 5.7.1 Relay access denied', rule: 'relay-domains', state: 'rcpt' },
      { line: 'DATA', octets: 6, reply: '354 Start mail input; end with <CRLF>.<CRLF>', state: 'content' },
      { line: 'Subject: x', octets: 12, state: 'content' },
      { line: '', octets: 2, state: 'content' },
      { line: 'Hello', octets: 7, state: 'content' },
      {
        line: '.',
        octets: 3,
        reply: '250 2.0.0 OK dry-run.1',
        rule: 'next-hop',
        state: 'ready',
        notes: ['assumed: next hop takes it'],
      },
    ]);
  });

  it('goes by a document that no one has saved', async () => {
    const dialogue = [HELLO, MAIL, RCPT, 'VRFY bob'];
    const policy = {
      ...DOCUMENT,
      settings: { ...SETTINGS, authentication: 'none', relay: 'listed-domains' },
      domains: { 'example.net': {} },
      commands: { vrfy: { allowed: true, maxOctets: 9 } },
    };

    const inForce = await explain({ dialogue });
    const document = await explain({ dialogue, policy });

    expect(told(inForce)).toEqual([
      '250-submi',
      '530 5.7.0 settings#authentication',
      '503 5.5.1',
      '502 5.5.1 command#VRFY',
    ]);
    expect(told(document)).toEqual([
      '250-submi',
      '250 2.1.0',
      '250 2.1.5 domain#example.net',
      '500 5.5.2 command#VRFY',
    ]);
    expect(document).toMatchObject({ basis: 'document', lines: { 3: { octets: 10, limit: 9 } } });
    expect(document.policyVersion).not.toBe(inForce.policyVersion);
  });

  it('explains a document for a server that is not there yet', async () => {
    expect(await explain({ dialogue: [], policy: DOCUMENT }, 'new')).toMatchObject({ basis: 'document', lines: [] });
  });

  it.each([
    [
      'a client that is denied',
      { clients: { '203.0.113.0/24': { access: 'deny' } } },
      '554 5.7.1',
      'client#203.0.113.0/24',
    ],
    ['a server that is off', { settings: { ...SETTINGS, enabled: false } }, '421 4.3.2', 'settings#enabled'],
  ])('tells %s before the greeting', async (_what, change, reply, rule) => {
    const body = { dialogue: [HELLO], client: { address: '::ffff:203.0.113.9' }, policy: { ...DOCUMENT, ...change } };

    const answer = await explain(body);

    expect(answer).toMatchObject({
      client: { address: '203.0.113.9' },
      greeting: { reply: expect.stringMatching(`^${reply}`), rule },
      lines: [{ line: HELLO, notes: ['the connection is closed'] }],
      isClosed: true,
    });
  });

  it('has an identity logged in before MAIL, over TLS', async () => {
    const dialogue = [HELLO, MAIL, RCPT, 'RSET', 'MAIL FROM:<eve@example.com>', 'MAIL FROM:<>'];

    const answer = await explain({ dialogue, identity: 'Alice@Example.com' });

    expect(answer).toMatchObject({ identity: 'alice@example.com', client: { tls: true } });
    expect(answer.lines[1]?.notes).toEqual(['assumed: alice@example.com has logged in']);
    expect(told(answer).slice(1)).toEqual([
      '250 2.1.0',
      '250 2.1.5 settings#relay',
      '250 2.0.0',
      '553 5.7.1 user#senders',
      '250 2.1.0',
    ]);
    expect(answer.lines[2]?.nextHop).toBe('ses');
  });

  it('has an identity logged in after STARTTLS, and not before', async () => {
    const dialogue = [HELLO, MAIL, 'STARTTLS', HELLO, MAIL, RCPT, 'DATA', '.'];

    const answer = await explain({ dialogue, identity: 'alice@example.com' });

    expect(answer.client).toMatchObject({ tls: false });
    expect(answer.lines[1]?.notes).toEqual(['alice@example.com is not logged in: AUTH would be refused here']);
    expect(answer.lines[2]?.notes).toEqual(['assumed: the TLS handshake succeeds']);
    expect(answer.lines[3]?.reply).toContain('AUTH PLAIN');
    expect(told(answer).slice(4)).toEqual(['250 2.1.0', '250 2.1.5 settings#relay', '354 Start', '250 2.0.0 next-hop']);
    expect(answer.lines.at(-1)?.notes).toContain('assumed: the sending limits are not reached; nothing is counted');
  });

  it('judges no password, looks the user up, shows no credentials, and counts, records and changes nothing', async () => {
    const plain = (password: string, user = 'alice@example.com') =>
      `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`;
    const login = [
      'AUTH LOGIN',
      Buffer.from('alice@example.com').toString('base64'),
      Buffer.from(PASSWORD).toString('base64'),
    ];
    const before = await everything();

    const answer = await explain({ dialogue: ['STARTTLS', HELLO, plain('x', 'nobody'), plain('wrong'), ...login] });
    const slow = await explain({ dialogue: ['STARTTLS', HELLO, ...login] });

    expect(told(answer).slice(2)).toEqual([
      '535 5.7.8',
      '235 2.7.0',
      '503 5.5.1',
      '500 5.5.1 unknown-command',
      '500 5.5.1 unknown-command',
    ]);
    expect(answer.lines.slice(2, 4).map(({ line }) => line)).toEqual(['AUTH PLAIN (hidden)', 'AUTH PLAIN (hidden)']);
    expect(answer.lines.slice(2, 4).map(({ notes }) => notes)).toEqual([undefined, ['assumed: the password is right']]);
    expect(told(slow).slice(2)).toEqual(['334 VXNlc', '334 UGFzc', '235 2.7.0']);
    expect(slow.lines.slice(2).map(({ line }) => line)).toEqual(['AUTH LOGIN', '(hidden)', '(hidden)']);
    expect(await everything()).toEqual(before);
  });

  it('judges no token, and says so', async () => {
    const token = Buffer.from('user=alice@example.com\x01auth=Bearer abc\x01\x01').toString('base64');
    const issuers = {
      example: { issuer: 'https://login.example', audience: 'smtp', jwksUri: 'https://login.example/keys' },
    };

    const answer = await explain({
      dialogue: [HELLO, `AUTH XOAUTH2 ${token}`],
      client: { tls: true },
      policy: { ...DOCUMENT, issuers },
    });

    expect(answer.lines[1]).toMatchObject({
      line: 'AUTH XOAUTH2 (hidden)',
      reply: '454 4.7.0 Temporary authentication failure',
      notes: ['tokens are not judged here: leave AUTH out, and name an identity'],
    });
  });

  it('assumes that a next hop takes a login, where the next hop judges', async () => {
    const settings = {
      ...SETTINGS,
      authenticator: 'next-hop',
      defaultNextHop: 'smtp://mta.example.com:587?tls=require',
    };
    const dialogue = [HELLO, `AUTH PLAIN ${Buffer.from('\0carol\0x').toString('base64')}`, MAIL];

    const answer = await explain({ dialogue, client: { tls: true }, policy: { settings } });

    const named = await explain({
      dialogue: [HELLO, 'MAIL FROM:<a@b.example>'],
      identity: 'Carol',
      policy: { settings },
    });

    expect(named).toMatchObject({ identity: 'carol', lines: [{}, { reply: '250 2.1.0 Sender OK' }] });
    expect(answer.lines[0]?.reply).toContain('AUTH PLAIN LOGIN');
    expect(answer.lines[0]?.notes).toEqual(['assumed: next hop offers these mechanisms']);
    expect(answer.lines[1]).toMatchObject({
      reply: '235 2.7.0 Authentication succeeded',
      notes: ['assumed: next hop takes the login'],
    });
    expect(told(answer)[2]).toBe('250 2.1.0');
  });

  it('sends a read receipt of a user through Amazon SES, unless the user may not', async () => {
    const answer = await explain({ dialogue: [HELLO, 'MAIL FROM:<>', RCPT], identity: 'alice@example.com' });

    expect(told(answer).slice(1)).toEqual(['250 2.1.0', '250 2.1.5 settings#relay']);
    expect(answer.lines[2]?.nextHop).toBe('ses');
  });

  it.each([
    ['a null reverse-path', 'MAIL FROM:<>', [RCPT], '550 5.7.1'],
    ['address in UTF-8', 'MAIL FROM:<zoë@b.example> SMTPUTF8', [RCPT], '553 5.6.7'],
    ['a message over 40 MiB', 'MAIL FROM:<a@b.example> SIZE=41943041', [RCPT], '552 5.3.4'],
  ])('knows that Amazon SES takes no %s', async (_what, mail, recipients, code) => {
    const settings = { ...SETTINGS, authentication: 'none', maxMessageOctets: 100_000_000 };
    const policy = { settings, domains: { 'example.net': {} } };

    const answer = await explain({ dialogue: [HELLO, mail, ...recipients], policy });

    expect(answer.lines.at(-1)).toMatchObject({
      reply: expect.stringMatching(`^${code}`),
      rule: 'next-hop',
      nextHop: 'ses',
    });
    expect(answer.lines.at(-1)?.notes).toBeUndefined();
  });

  it('tells what a server would refuse that only reports', async () => {
    const policy = {
      settings: { ...SETTINGS, authentication: 'none', reportOnly: true },
      commands: { NOOP: { maxOctets: 8 } },
    };

    const answer = await explain({ dialogue: ['NOOP abcdef'], policy });

    expect(answer.lines).toEqual([
      {
        line: 'NOOP abcdef',
        octets: 13,
        reply: '250 2.0.0 OK',
        state: 'connected',
        reportOnly: ['command#NOOP: 500 5.5.2 Command line too long'],
      },
    ]);
  });

  it('tells octets, flights, time and what else may happen', async () => {
    const flight = Buffer.from('STARTTLS\r\nMAIL FROM:<a@b.example>\r\n').toString('base64');
    const policy = { settings: { ...SETTINGS, hostname: 'new.example.com' } };

    const answer = await explain({
      dialogue: [{ octets: flight }, { waitSeconds: 299 }, { policy }, 'HELO x', { waitSeconds: 300 }, 'NOOP'],
    });

    expect(answer.lines.map(({ line, reply, notes }) => ({ line, reply, notes }))).toEqual([
      { line: 'STARTTLS', reply: '220 2.0.0 Ready to start TLS', notes: ['assumed: the TLS handshake succeeds'] },
      { line: 'MAIL FROM:<a@b.example>', notes: ['dropped: it came in the clear after STARTTLS'] },
      { line: '(waits 299 s)' },
      { line: expect.stringMatching(/^\(policy [0-9a-f]{16} is saved\)$/) },
      { line: 'HELO x', reply: '250 new.example.com' },
      { line: '(waits 300 s)', reply: '421 4.4.2 Timeout, closing connection' },
      { line: 'NOOP', notes: ['the connection is closed'] },
    ]);
    expect(answer.lines[5]).toMatchObject({ rule: 'settings#commandTimeoutSeconds', state: 'closed' });
  });

  it('names items that are broken, and goes by what is in force in their place', async () => {
    await bed.call('PUT', '/servers/broken/policy', { body: DOCUMENT });
    await bed.put('policy', { server: 'broken', item: 'command#NOOP', maxOctets: 'many' });

    const answer = await explain({ dialogue: ['NOOP'] }, 'broken');

    expect(answer.problems).toMatchObject([{ item: 'command#NOOP' }]);
    expect(told(answer)).toEqual(['250 2.0.0']);
  });

  it('hands the console nothing of a dialogue', async () => {
    const logged = recordConsole();

    await explain({ dialogue: [HELLO, 'AUTH PLAIN c2VjcmV0'], client: { tls: true } });

    expect(logged.text()).toBe('');
  });
});

describe('an explanation that cannot be', () => {
  it.each([
    ['of no server', { dialogue: [] }, 'nowhere', 404, undefined],
    ['for no user', { dialogue: [], identity: 'nobody@example.com' }, 'submission', 404, undefined],
    ['for no name', { dialogue: [], identity: 'a\u06DD' }, 'submission', 400, 'identity'],
    ['for a user who is not enabled', { dialogue: [], identity: 'off@example.com' }, 'submission', 409, undefined],
    ['for a user of another server', { dialogue: [], identity: 'elsewhere@example.com' }, 'submission', 409, undefined],
    ['for a broken user', { dialogue: [], identity: 'broken@example.com' }, 'submission', 409, undefined],
    ['without a dialogue', {}, 'submission', 400, 'dialogue'],
    ['of no base64', { dialogue: [{ octets: '?' }] }, 'submission', 400, 'dialogue.0.octets'],
    ['of a broken document', { dialogue: [], policy: { settings: {} } }, 'submission', 400, 'policy.settings.hostname'],
    [
      'of a broken document later',
      { dialogue: [{ policy: { settings: {} } }] },
      'submission',
      400,
      'dialogue.0.policy.settings.hostname',
    ],
    ['for no address', { dialogue: [], client: { address: 'nobody' } }, 'submission', 400, 'client.address'],
    ['of an endless line', { dialogue: ['x'.repeat(MAX_ENTRY_OCTETS)] }, 'submission', 400, 'dialogue.0'],
    ['of too many lines', { dialogue: ['', '\r\n'.repeat(MAX_LINES - 1)] }, 'submission', 400, 'dialogue.1'],
    ['of too many entries', { dialogue: new Array<string>(MAX_LINES + 1).fill('') }, 'submission', 400, 'dialogue'],
    [
      'of too many octets',
      { dialogue: new Array<string>(8).fill('x'.repeat(MAX_ENTRY_OCTETS - 2)) },
      'submission',
      400,
      'dialogue.7',
    ],
  ])('is refused: %s', async (_what, body, server, status, field) => {
    const answer = await bed.call('POST', `/servers/${server}/explain`, { body });

    expect({ status: answer.status, detail: answer.value.detail }).toMatchObject({ status });
    if (field !== undefined) expect(answer.value.errors).toContainEqual(expect.objectContaining({ field }));
  });
});

async function everything(): Promise<unknown> {
  return Promise.all([bed.items('policy'), bed.items('users'), bed.items('events'), bed.items('counters')]);
}
