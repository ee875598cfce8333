import { describe, expect, it, vi } from 'vitest';
import { CliBed } from '../../test-support/cli-bed.ts';

const MESSAGE = {
  ...{ id: 'Tj0nAbCdEfGh.1', session: 'Tj0nAbCdEfGh', at: '2026-11-24T10:00:00.000Z', server: 'inbound' },
  client: { address: '203.0.113.9' },
  sender: 'a@b.example',
  recipients: [
    { address: 'bob@example.com', reply: 250, outcome: 'accepted', rule: 'domain#example.com' },
    { address: 'eve@example.net', reply: 550, outcome: 'refused', rule: 'relay-domains' },
  ],
  ...{ verdict: 'accepted', rule: 'next-hop', reply: '250 2.0.0 OK', messageId: 'm@x.example', octets: 9 },
};
const PAGE = { messages: [MESSAGE], since: '2026-11-18T00:00:00.000Z', until: '2026-11-25T00:00:00.000Z' };
const WEEK = 'since=2026-11-18T12%3A00%3A00.000Z';

describe('trace', () => {
  it.each([
    [['bob@example.com'], `recipient=bob%40example.com&${WEEK}`],
    [['@example.com', '--refused'], `recipient=%40example.com&verdict=refused%2Cdeferred&${WEEK}`],
    [['--to', 'bob@example.com', '--from', '<>'], `recipient=bob%40example.com&sender=%3C%3E&${WEEK}`],
    [['--client', '203.0.113.0/24', '--user', 'alice'], `client=203.0.113.0%2F24&identity=alice&${WEEK}`],
    [['--message-id', 'm@x', '--since', '2h'], 'messageId=m%40x&since=2026-11-25T10%3A00%3A00.000Z'],
    [['--since', '09:00', '--server', 'inbound'], 'server=inbound&since=2026-11-25T09%3A00%3A00.000Z'],
    [['Tj0nAbCdEfGh.1'], 'id=Tj0nAbCdEfGh.1'],
    [['-j0nAbCdEfGh.1'], 'id=-j0nAbCdEfGh.1'],
  ])('%j asks for %s', async (words, query) => {
    vi.setSystemTime('2026-11-25T12:00:00Z');
    const bed = await CliBed.start();
    bed.answer(`GET /messages?${query}&limit=101`, { value: PAGE });

    const { code, out, err } = await bed.run(['trace', ...words]);

    vi.useRealTimers();
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('Tj0nAbCdEfGh.1');
    expect(out).toContain('accepted for bob@example.com; refused eve@example.net (550 relay-domains)');
    expect(out).toContain('<m@x.example>');
  });

  it.each([
    [['a@b', '--to', 'c@d'], '"a@b" and --to are the same: give one'],
    [['--refused', '--verdict', 'held'], '--refused and --verdict exclude each other'],
    [['--follow'], '--follow needs --client or --user: whom to follow'],
  ])('%j is refused', async (words, message) => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['trace', ...words]);

    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('tells what became of mail that went out by SES', async () => {
    vi.setSystemTime('2026-11-24T12:00:00Z');
    const bed = await CliBed.start();
    const bob = { ...MESSAGE.recipients[0], nextHop: 'ses' };
    const bounced = { at: '2026-11-24T10:00:04Z', outcome: 'bounced', bounce: 'permanent', detail: '550 no such user' };
    const delayed = { at: '2026-11-24T10:00:02Z', outcome: 'delayed' };
    const soft = { ...bounced, bounce: 'transient', detail: 'MailboxFull' };
    const messages = [
      { ...MESSAGE, recipients: [{ ...bob, deliveries: [bounced] }] },
      {
        ...MESSAGE,
        recipients: [
          { ...bob, deliveries: [delayed, soft] },
          { ...bob, address: 'x@y.example' },
        ],
      },
    ];
    bed.answer('GET /messages?id=Tj0nAbCdEfGh.1&limit=101', { value: { ...PAGE, messages } });

    const { out } = await bed.run(['trace', 'Tj0nAbCdEfGh.1', '--utc']);

    vi.useRealTimers();
    expect(out).toContain(
      'accepted for bob@example.com, taken by SES 10:00:00Z, bounced 10:00:04Z: 550 no such user, rule',
    );
    expect(out).toContain(
      'taken by SES 10:00:00Z, bob@example.com delayed 10:00:02Z, bounced (transient) 10:00:04Z: MailboxFull,',
    );
  });

  it('says that there is none', async () => {
    const bed = await CliBed.start();
    bed.answer('GET /messages?id=Tj0nAbCdEfGh.1&limit=101', { value: { ...PAGE, messages: [] } });

    expect((await bed.run(['trace', 'Tj0nAbCdEfGh.1'])).out).toBe('There is no such message.\n');
  });

  it('says where else there may be mail of an address, when none is for it', async () => {
    vi.setSystemTime('2026-11-25T12:00:00Z');
    const bed = await CliBed.start();
    const none = { value: { ...PAGE, messages: [] } };
    bed.answer(`GET /messages?recipient=a%40b.example&${WEEK}&limit=101`, none);
    bed.answer('GET /messages?recipient=a%40b.example&since=2026-11-25T10%3A00%3A00.000Z&limit=101', none);

    const week = await bed.run(['trace', 'a@b.example']);
    const hours = await bed.run(['trace', 'a@b.example', '--since', '2h']);

    vi.useRealTimers();
    const sender = '--from a@b.example asks for those that it sent.\n';
    const further = ' in the last 7 days; --since looks further back';
    expect(week.out).toBe(`There is no such message to a@b.example${further}. ${sender}`);
    expect(hours.out).toBe(`There is no such message to a@b.example. ${sender}`);
  });
});
