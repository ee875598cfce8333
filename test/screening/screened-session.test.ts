/** Sessions on a server with screening rules, over real sockets: what the client hears, what a hop and the store get. */
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PolicyAttributes } from '../../policy/item.ts';
import { REPLIES } from '../../policy/reply.ts';
import { type BedOptions, ProxyBed } from '../support/edge-proxy-bed.ts';
import type { TestClient } from '../support/edge-proxy-client.ts';
import { testPolicy } from '../support/policy.ts';
import { heldBed } from './held-bed.ts';

const EXECUTABLE = [
  'From: <a@example.org>',
  'Subject: bill',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: application/octet-stream; name="bill.exe"',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQAAMAAAAEAAAA//8AALgAAAAA',
  '--b--',
  '',
].join('\r\n');
const PLAIN = 'From: <a@example.org>\r\nSubject: hello\r\nX-Spam-Flag: NO\r\n\r\n..a dot\r\ntext\r\n';

const RULE = {
  item: 'screen#100-executables',
  attachmentType: new Set(['executable']),
  attachment: new Set(['*.exe']),
};

async function bed(items: readonly PolicyAttributes[], options: BedOptions = {}): Promise<ProxyBed> {
  const made = await ProxyBed.start({ ...options, policy: testPolicy({}, items) });
  onTestFinished(() => made.close());
  return made;
}

/** Sends one message to bob and returns the reply to its end. */
async function sent(made: ProxyBed, content: string, client?: TestClient): Promise<string> {
  const own = client ?? (await made.greeted());
  if (client === undefined) await own.ask('EHLO c.example');
  await own.ask('MAIL FROM:<a@example.org>');
  await own.ask('RCPT TO:<bob@example.com>');
  await own.ask('DATA');
  own.send(`${content}.\r\n`);
  return own.hear();
}

function transaction(made: ProxyBed) {
  const event = made.eventsOf('transaction').at(-1);
  if (event === undefined) throw new Error('There is no transaction');
  return event;
}

describe('a message that a rule refuses', () => {
  it('is refused in the words of the rule, and no hop hears DATA', async () => {
    const made = await bed([{ ...RULE, action: 'refuse', reply: 'No programs here, see example.com/mail' }]);

    const reply = await sent(made, EXECUTABLE);

    expect(reply).toBe('550 5.7.1 No programs here, see example.com/mail\r\n');
    expect(made.hops.transactions[0]).toMatchObject({ ending: 'abandoned', octets: 0 });
  });

  it('is an event that names the rule and the fact, and a refusal', async () => {
    const made = await bed([{ ...RULE, action: 'refuse' }]);

    await sent(made, EXECUTABLE);

    expect(transaction(made)).toMatchObject({
      verdict: 'refused',
      rule: 'screen#100-executables',
      screen: {
        action: 'refuse',
        rule: 'screen#100-executables',
        parts: [{ names: ['bill.exe'], types: ['executable'] }],
      },
    });
    expect(made.eventsOf('refusal').at(-1)).toMatchObject({ rule: 'screen#100-executables', verb: 'DATA' });
  });

  it('is let pass, and told of, where the rule only reports', async () => {
    const made = await bed([{ ...RULE, action: 'refuse', reportOnly: true }]);

    expect(await sent(made, EXECUTABLE)).toMatch(/^250 2\.0\.0 /);
    expect(transaction(made).screen?.reported).toMatchObject([{ rule: 'screen#100-executables', action: 'refuse' }]);
  });
});

describe('a message that no rule is about', () => {
  it('is handed on octet for octet, after our Received field', async () => {
    const made = await bed([{ ...RULE, action: 'refuse' }]);

    const reply = await sent(made, PLAIN);

    expect(reply).toMatch(/^250 2\.0\.0 OK /);
    const [hop] = made.hops.transactions;
    expect(hop?.content).toMatch(/^Received: from /);
    expect(hop?.content.endsWith(PLAIN)).toBe(true);
    expect(hop).toMatchObject({ ending: 'finished', wasLast: false });
  });

  it('of megabytes goes by the disk, at the pace of the hop', async () => {
    const made = await bed([{ ...RULE, action: 'refuse' }], { hop: { roomOctets: 100_000 } });
    const content = `Subject: long\r\n\r\n${'0123456789abcdef\r\n'.repeat(1_100_000)}`;
    const draining = setInterval(() => made.hops.transactions[0]?.drain(), 1);
    onTestFinished(() => clearInterval(draining));

    expect(await sent(made, content)).toMatch(/^250 /);
    expect(made.hops.transactions[0]?.octets).toBeGreaterThan(content.length);
  });

  it('hears what the hop says of its content', async () => {
    const refusal = {
      reply: { code: 554, enhanced: '5.6.0', text: 'Spam' },
      isTaken: false,
      rule: 'next-hop',
    } as const;
    const made = await bed([{ ...RULE, action: 'refuse' }], { hop: { finish: () => refusal } });

    expect(await sent(made, PLAIN)).toBe('554 5.6.0 Spam\r\n');
    expect(transaction(made)).toMatchObject({ verdict: 'refused', rule: 'next-hop' });
  });
});

it('a tag is put on top, and the one that the client wrote is removed', async () => {
  const made = await bed([{ item: 'screen#050-tag', sender: new Set(['*']), action: 'tag', tag: 'X-Spam-Flag: YES' }]);

  await sent(made, PLAIN);

  const content = made.hops.transactions[0]?.content ?? '';
  expect(content).toContain('X-Spam-Flag: YES\r\nFrom: ');
  expect(content).not.toContain('X-Spam-Flag: NO');
});

it('a discarded message is answered 250 and recorded, and goes nowhere', async () => {
  const made = await bed([{ ...RULE, action: 'discard' }]);

  expect(await sent(made, EXECUTABLE)).toMatch(/^250 /);
  expect(transaction(made)).toMatchObject({ verdict: 'discarded', rule: 'screen#100-executables' });
  expect(made.hops.transactions[0]?.ending).toBe('abandoned');
});

it('a forwarded message goes to the address of the rule, which learns whom it was for', async () => {
  const made = await bed([{ ...RULE, action: 'forward', forwardTo: 'security@example.com' }]);

  expect(await sent(made, EXECUTABLE)).toMatch(/^250 /);
  const [first, second] = made.hops.transactions;
  expect(first?.ending).toBe('abandoned');
  expect(second).toMatchObject({ recipients: ['security@example.com'], ending: 'finished' });
  expect(second?.content).toContain('X-Original-To: bob@example.com\r\n');
});

it('a message to be forwarded to a domain that is not listed is put off', async () => {
  const made = await bed([{ ...RULE, action: 'forward', forwardTo: 'security@elsewhere.example' }]);

  expect(await sent(made, EXECUTABLE)).toMatch(/^451 4\.3\.0 /);
  expect(transaction(made).detail).toContain('security@elsewhere.example');
});

describe('a message that a rule holds', () => {
  it('is in the bucket and in the table before it is answered 250', async () => {
    const held = await heldBed();
    const made = await bed([{ ...RULE, action: 'hold' }], { heldStore: held.store });

    const reply = await sent(made, EXECUTABLE);

    const [, id] = /^250 2\.0\.0 OK (\S+)/.exec(reply) ?? [];
    const [item] = await held.items();
    expect(item).toMatchObject({
      id,
      server: 'mx1',
      state: 'held',
      serverState: 'mx1#held',
      sender: 'a@example.org',
      recipients: [{ address: 'bob@example.com', nextHop: 'smtp://mta.example.com:25?tls=offer' }],
      rule: 'screen#100-executables',
    });
    const content = await held.store.content(item?.content ?? '');
    expect(content.toString('latin1').endsWith(EXECUTABLE)).toBe(true);
    expect(createHash('sha256').update(content).digest('hex')).toBe(item?.sha256);
    expect(content.length).toBe(item?.octets);
    expect(made.hops.transactions[0]).toMatchObject({ ending: 'abandoned', octets: 0 });
    expect(transaction(made)).toMatchObject({ verdict: 'held' });
  });

  it('keeps dots as they were written', async () => {
    const held = await heldBed();
    const made = await bed([{ item: 'screen#100-all', sender: new Set(['*']), action: 'hold' }], {
      heldStore: held.store,
    });

    await sent(made, PLAIN);

    const [item] = await held.items();
    expect((await held.store.content(item?.content ?? '')).toString()).toContain('\r\n\r\n.a dot\r\n');
  });

  it('is stored with what rules tagged it with, and without what its client wrote there', async () => {
    const held = await heldBed();
    const made = await bed(
      [
        { item: 'screen#050-tag', sender: new Set(['*']), action: 'tag', tag: 'X-Spam-Flag: YES' },
        { item: 'screen#100-all', sender: new Set(['*']), action: 'hold' },
      ],
      { heldStore: held.store },
    );

    await sent(made, PLAIN);

    const [item] = await held.items();
    const content = (await held.store.content(item?.content ?? '')).toString();
    expect(content).toContain('X-Spam-Flag: YES\r\nFrom: ');
    expect(content).not.toContain('X-Spam-Flag: NO');
  });

  it.each([
    ['is down', { kind: 'ServiceUnavailable', status: 503 }],
    ['breaks off', { kind: 'drop' }],
  ])('is answered 451 where S3 %s, and nothing is in the table', async (_what, fault) => {
    const held = await heldBed();
    const made = await bed([{ ...RULE, action: 'hold' }], { heldStore: held.store });
    await held.s3Fails(fault);

    expect(await sent(made, EXECUTABLE)).toMatch(/^451 4\.3\.0 /);
    expect(await held.items()).toEqual([]);
  });

  it('is answered 451 where no place for held mail is configured', async () => {
    const made = await bed([{ ...RULE, action: 'hold' }]);

    expect(await sent(made, EXECUTABLE)).toMatch(/^451 4\.3\.0 /);
    expect(transaction(made).detail).toContain('no place for held mail');
  });
});

it('a client that goes away in its content leaves nothing kept', async () => {
  const made = await bed([{ ...RULE, action: 'refuse' }]);
  const client = await made.greeted();
  await client.ask('EHLO c.example');
  await client.openContent();
  client.send('x'.repeat(300_000));
  client.reset();

  await expect.poll(() => made.hops.transactions[0]?.ending).toBe('abandoned');
  const { memory, disk } = made.services.keptBudget;
  expect(memory.octetsInFlight + disk.octetsInFlight).toBe(0);
});

it('rules that come in the middle of a session hold from its next message on', async () => {
  const made = await bed([]);
  const client = await made.greeted();
  await client.ask('EHLO c.example');
  const before = await sent(made, EXECUTABLE, client);
  made.setPolicy(testPolicy({}, [{ ...RULE, action: 'refuse' }]));
  const after = await sent(made, EXECUTABLE, client);

  expect([before.slice(0, 3), after.slice(0, 3)]).toEqual(['250', '550']);
  expect(after).toContain(REPLIES.screenRefused.text);
});
