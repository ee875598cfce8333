import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { refusal, SESSION_FIELDS, transaction } from '../test-support/events.ts';
import { MAX_COMMANDS_OCTETS, MAX_RECIPIENTS_OCTETS, MAX_TEXT_LENGTH, makeEventItem } from './event-item.ts';
import { shardOf } from './event-stream.ts';

const { at: _at, ...ATTRIBUTES } = SESSION_FIELDS;

/** DynamoDB's own count, generously: JSON of the marshalled item holds all of its names, values and types. */
function octetsOf(item: ReturnType<typeof makeEventItem>): number {
  return Buffer.byteLength(JSON.stringify(item));
}

describe('makeEventItem', () => {
  it('makes keys, expiry and plain attributes', () => {
    expect(makeEventItem(refusal())).toEqual({
      ...ATTRIBUTES,
      stream: `mx1#2026-03-01#${shardOf('s1')}`,
      at: '2026-03-01T23:59:59.500Z#e1',
      expiresAt: 1_772_409_599 + 30 * 86_400,
      type: 'refusal',
      rule: 'command#VRFY',
      verb: 'VRFY',
      octets: 10,
      reply: '502 5.5.1 Command not allowed by policy',
    });
  });

  it('makes an item without session for an event of no session', () => {
    const item = makeEventItem({
      id: 'e2',
      at: '2026-03-01T00:00:00.000Z',
      server: 'mx1',
      policyVersion: 'v',
      keepDays: 1,
      type: 'policy-invalid',
      item: 'settings',
      problem: 'hostname: is missing',
    });

    expect(item).toMatchObject({
      stream: expect.stringMatching(/^mx1#2026-03-01#\d\d$/),
      item: 'settings',
      expiresAt: 1_772_409_600,
    });
    expect(item).not.toHaveProperty('session');
  });

  it('keeps short lists whole and counts nothing', () => {
    const item = makeEventItem(transaction());

    expect(item.recipients).toEqual([{ address: 'bob@example.com', reply: 250, rule: 'domain#example.com' }]);
    expect(item.commands).toEqual([{ verb: 'MAIL', octets: 13, reply: 250 }]);
    expect(Object.keys(item).filter((name) => name.endsWith('Omitted'))).toEqual([]);
  });

  it.each([
    ['recipients', MAX_RECIPIENTS_OCTETS],
    ['commands', MAX_COMMANDS_OCTETS],
  ] as const)('keeps of %s what its octets allow, the first ones, and counts the rest', (name, maxOctets) => {
    const entry = { address: 'b@example.com', reply: 250, rule: 'r', verb: 'NOOP', octets: 6 };
    const fitting = Math.floor(maxOctets / Buffer.byteLength(JSON.stringify(entry)));
    const list = (count: number) => transaction({ [name]: new Array(count).fill(entry) });

    const whole = makeEventItem(list(fitting));
    const cut = makeEventItem(list(fitting + 3));

    expect(whole[name]).toHaveLength(fitting);
    expect(whole).not.toHaveProperty(`${name}Omitted`);
    expect(cut[name]).toHaveLength(fitting);
    expect(cut[`${name}Omitted`]).toBe(3);
  });

  it('takes an entry that fills the octets exactly', () => {
    const rest = Buffer.byteLength(JSON.stringify({ address: '', reply: 250, rule: 'r' }));
    const entry = { address: 'a'.repeat(MAX_RECIPIENTS_OCTETS - rest), reply: 250, rule: 'r' };

    expect(makeEventItem(transaction({ recipients: [entry] })).recipients).toHaveLength(1);
    expect(makeEventItem(transaction({ recipients: [{ ...entry, rule: 'rr' }] }))).toMatchObject({
      recipients: [],
      recipientsOmitted: 1,
    });
  });

  it('cuts a long text and says so', () => {
    const exact = 'x'.repeat(MAX_TEXT_LENGTH);

    expect(makeEventItem(refusal({ reply: exact })).reply).toBe(exact);
    expect(makeEventItem(refusal({ reply: `${exact}y` })).reply).toBe(`${exact}…`);
  });

  it('leaves well-formed text where it cuts through a character', () => {
    const { reply } = makeEventItem(refusal({ reply: `${'x'.repeat(MAX_TEXT_LENGTH - 1)}😀😀` }));

    expect(String(reply).isWellFormed()).toBe(true);
  });

  it("stays below DynamoDB's 400 KB whatever a transaction holds", () => {
    const recipients = new Array(50_000).fill({ address: '€'.repeat(80), reply: 250, rule: 'r', nextHop: 'h' });
    const commands = new Array(50_000).fill({ verb: 'RCPT', octets: 266, reply: 250 });
    const text = '€'.repeat(5000);
    const event = transaction({ recipients, commands, sender: text, rule: text, reply: text, nextHop: text });

    expect(octetsOf(makeEventItem(event))).toBeLessThan(400_000);
  });

  it('makes no attribute that DynamoDB would refuse', () => {
    const item = makeEventItem(transaction({ nextHop: undefined, identity: undefined, recipients: [], commands: [] }));

    const marshalled = marshall(item, { removeUndefinedValues: true });

    expect(Object.keys(marshalled)).not.toContain('nextHop');
    expect(marshalled).toMatchObject({ sender: { S: '' }, recipients: { L: [] }, expiresAt: { N: '1775001599' } });
  });
});
