import { describe, expect, it } from 'vitest';
import { CliBed } from '../../test-support/cli-bed.ts';

const SPAN = { since: '2026-11-24T00:00:00.000Z', until: '2026-11-25T00:00:00.000Z' };
const TOP = {
  ...SPAN,
  by: 'rule',
  top: [
    { value: 'relay-domains', messages: 0, refusals: 12 },
    { value: 'next-hop', messages: 3, refusals: 1 },
  ],
  others: { messages: 0, refusals: 2 },
};

describe('top', () => {
  it.each([
    [[], '/top?by=client&limit=20'],
    [['inbound', '--by', 'user'], '/top?server=inbound&by=identity&limit=20'],
    [['--by', 'hop', '--limit', '5'], '/top?by=nextHop&limit=5'],
    [['--by', 'rule', '--refused'], '/top?by=rule&order=refusals&limit=20'],
    [['--since', '2026-11-24T00:00:00Z'], '/top?since=2026-11-24T00%3A00%3A00.000Z&by=client&limit=20'],
  ])('%j asks for %s', async (words, path) => {
    const bed = await CliBed.start();
    bed.answer(`GET ${path}`, { value: TOP });

    const { code, out, err } = await bed.run(['top', ...words]);

    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'MESSAGES  REFUSALS  WHAT',
      '       0        12  relay-domains',
      '       3         1  next-hop',
      'and 0 messages, 2 refusals of others',
      '',
    ]);
  });

  it('tells of bounces and complaints by user', async () => {
    const bed = await CliBed.start();
    const top = [{ value: 'alice', messages: 9, refusals: 1, bounces: 3, complaints: 2 }];
    bed.answer('GET /top?by=identity&order=bounces&limit=20', { value: { ...TOP, by: 'identity', top } });

    const { out } = await bed.run(['top', '--by', 'user', '--bounced']);

    expect(out.split('\n').slice(0, 2)).toEqual([
      'MESSAGES  REFUSALS  BOUNCES  COMPLAINTS  WHAT',
      '       9         1        3           2  alice',
    ]);
  });

  it('shows each hour', async () => {
    const bed = await CliBed.start();
    const messages = { accepted: 5, held: 1, discarded: 0, refused: 2, deferred: 0, abandoned: 0 };
    const hour = { at: '2026-11-24T10:00:00.000Z', messages, octets: 9, sessions: 7, refusals: 4 };
    const rules = { 'command#VRFY': 1, 'relay-domains': 3 };
    const counts = [{ ...hour, logins: { permit: 2, reject: 1, defer: 0 }, rules }];
    bed.answer('GET /counts?server=inbound', { value: { ...SPAN, every: 'hour', counts } });

    const { out } = await bed.run(['top', 'inbound', '--hours', '--csv']);

    expect(out.split('\r\n')[1]).toBe('2026-11-24T10:00:00.000Z,6,2,0,4,7,2,1,relay-domains 3');
  });

  it('names what it can count by', async () => {
    const bed = await CliBed.start();

    const { code, err } = await bed.run(['top', '--by', 'colour']);

    expect(code).toBe(2);
    expect(err).toContain('--by is "colour" where client, rule, recipient, sender, user or hop is expected');
  });
});
