/** Explain of a message: which screening rule holds, by which of its facts, and what becomes of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminBed } from '../../test-support/admin-bed.ts';
import { MAX_MESSAGE_OCTETS } from '../../trial/explain/explain-dialogue.ts';
import type { ExplainedLine } from '../contract/answers/explain-answer.ts';

const SETTINGS = {
  hostname: 'mx.example.com',
  authentication: 'none',
  relay: 'listed-domains',
  defaultNextHop: 'smtp://mta.example.com:25',
};
const SCREENS = {
  '050-tag': { action: 'tag', tag: 'X-Large: YES', messageOctets: 5000 },
  '100-executables': { action: 'refuse', attachmentType: ['executable'], reply: 'No programs' },
  '150-trial': { action: 'refuse', words: ['lottery'], reportOnly: true },
  '200-odd': { action: 'hold', structure: ['ambiguous'] },
  '300-security': { action: 'forward', forwardTo: 'security@example.com', words: ['phishing'] },
  '310-elsewhere': { action: 'forward', forwardTo: 'security@elsewhere.example', words: ['malware'] },
  '400-drop': { action: 'discard', sender: ['*@drop.example'] },
};
const DOCUMENT = { settings: SETTINGS, domains: { 'example.com': {} }, screens: SCREENS };
const PLAIN = 'Subject: hello\n\nHello\n.a dot\n';
const PROGRAM = [
  'Subject: bill',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: application/pdf; name="bill.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQAAMAAAAEAAAA//8AALgAAAAA',
  '--b--',
  '',
].join('\n');
const RIDDLE = 'Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\nx\n--a--\n--b\n\ny\n--b--\n';
const ENVELOPE = { from: 'a@example.org', to: 'bob@example.com' };

let bed: AdminBed;
beforeAll(async () => {
  bed = await AdminBed.start();
  await bed.call('PUT', '/servers/mx/policy', { body: DOCUMENT });
});
afterAll(() => bed.stop());

async function explain(body: object): Promise<readonly ExplainedLine[]> {
  const { status, value } = await bed.call('POST', '/servers/mx/explain', { body });
  expect({ status, value }).toMatchObject({ status: 200 });
  return value.lines as readonly ExplainedLine[];
}

async function verdictOf(content: unknown, more: object = {}): Promise<ExplainedLine | undefined> {
  return (await explain({ ...ENVELOPE, ...more, content })).at(-1);
}

describe('a message that', () => {
  it('is refused names the rule, its fact and its text', async () => {
    const line = await verdictOf(PROGRAM);

    expect(line).toMatchObject({
      line: '(message)',
      reply: '550 5.7.1 No programs',
      rule: 'screen#100-executables',
      screen: {
        action: 'refuse',
        rule: 'screen#100-executables',
        parts: [{ names: ['bill.pdf'], types: ['executable'] }],
      },
    });
    expect(line?.notes?.join()).toContain('screen#100-executables holds: ');
  });

  it('is held, discarded or let pass says so, and assumes no hop where none is asked', async () => {
    const held = await verdictOf(RIDDLE);
    const dropped = await verdictOf(PLAIN, { from: 'x@drop.example' });
    const passed = await verdictOf(PLAIN);

    expect(held).toMatchObject({ rule: 'screen#200-odd', screen: { action: 'hold' } });
    expect(held?.reply).toMatch(/^250 /);
    expect(held?.notes?.join()).toContain('it would be held');
    expect(dropped?.notes?.join()).toContain('recorded and dropped');
    for (const line of [held, dropped]) expect(line?.notes).not.toContain('assumed: next hop takes it');
    expect(passed).toMatchObject({ screen: { action: 'accept' }, notes: ['assumed: next hop takes it'] });
  });

  it('is forwarded goes by the hop of that address, where its domain is listed', async () => {
    const forwarded = await verdictOf('Subject: phishing\n\nx\n');
    const elsewhere = await verdictOf('Subject: malware\n\nx\n');

    expect(forwarded).toMatchObject({ rule: expect.any(String), nextHop: 'smtp://mta.example.com:25?tls=offer' });
    expect(forwarded?.notes?.join()).toContain('security@example.com by smtp://mta.example.com:25');
    expect(elsewhere).toMatchObject({ reply: expect.stringMatching(/^451 4\.3\.0 /), rule: 'forward' });
  });

  it('is tagged, and what is only reported, are told', async () => {
    const line = await verdictOf(`Subject: the lottery\n\n${'x'.repeat(60)}\n${'y\n'.repeat(3000)}`);

    expect(line?.notes).toContain('tagged with X-Large: YES');
    expect(line?.reportOnly?.join()).toContain('screen#150-trial: refuse');
  });
});

it('octets and text are the same message, dots and line ends with them', async () => {
  const octets = Buffer.from(PLAIN.replaceAll('\n', '\r\n'));

  const fromText = await verdictOf(PLAIN);
  const fromOctets = await verdictOf({ octets: octets.toString('base64') });

  expect(fromText).toEqual(fromOctets);
  expect(fromText?.octets).toBe(octets.length);
});

it('a message goes after a dialogue, which may have said DATA', async () => {
  const dialogue = ['EHLO c.example', 'MAIL FROM:<a@example.org>', 'RCPT TO:<bob@example.com>'];

  const without = await explain({ dialogue, content: PROGRAM });
  const having = await explain({ dialogue: [...dialogue, 'DATA'], content: PROGRAM });

  expect(without).toEqual(having);
  expect(without.map(({ line }) => line)).toEqual([...dialogue, 'DATA', '(message)']);
});

it('a message whose recipients are all refused is not read', async () => {
  const lines = await explain({ from: 'a@example.org', to: ['bob@elsewhere.example'], content: PROGRAM });

  expect(lines.at(-1)).toMatchObject({ line: 'DATA', reply: '554 5.5.1 No valid recipients' });
});

it.each([
  ['neither dialogue nor envelope', { content: PLAIN }],
  ['both', { ...ENVELOPE, dialogue: [], content: PLAIN }],
  ['an address with a line end', { ...ENVELOPE, from: 'a@b.c>\r\nDATA', content: PLAIN }],
  ['octets that are not base64', { ...ENVELOPE, content: { octets: 'x' } }],
  ['a message that is too long', { ...ENVELOPE, content: 'x'.repeat(MAX_MESSAGE_OCTETS + 1) }],
])('%s is a mistake that is named', async (_what, body) => {
  expect((await bed.call('POST', '/servers/mx/explain', { body })).status).toBe(400);
});
