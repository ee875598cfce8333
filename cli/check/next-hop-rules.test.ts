import { describe, expect, it } from 'vitest';
import { server, texts } from '../test-support/checked.ts';
import type { EgressRule } from './egress.ts';
import { nextHopFindings } from './next-hop-rules.ts';

describe('next hops', () => {
  const DNS: Readonly<Record<string, readonly string[]>> = {
    'both.example': ['10.20.0.25', '10.20.0.26'],
    'inside.example': ['10.20.0.25'],
  };
  const addressesOf = async (host: string): Promise<readonly string[]> => {
    const addresses = DNS[host];
    if (addresses === undefined) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
    return addresses;
  };
  const MX: EgressRule = { to: '10.20.0.25/32', port: 25 };

  it.each<[hop: string, egress: readonly EgressRule[] | undefined, expected: readonly string[]]>([
    ['smtp://10.20.0.25', [MX], []],
    ['smtp://inside.example', [MX], []],
    ['smtp://10.20.0.25', undefined, []],
    ['ses', [], []],
    [
      'smtp://10.20.0.25',
      [],
      [
        'error settings: next hop smtp://10.20.0.25:25?tls=offer cannot be reached: egress does not let out to 10.20.0.25 port 25',
      ],
    ],
    [
      'smtp://10.20.0.25:587',
      [MX],
      [
        'error settings: next hop smtp://10.20.0.25:587?tls=offer cannot be reached: egress does not let out to 10.20.0.25 port 587',
      ],
    ],
    [
      'smtp://both.example',
      [MX],
      [
        'warning settings: next hop smtp://both.example:25?tls=offer cannot be reached at 10.20.0.26: egress does not let out to it',
      ],
    ],
    ['smtp://both.example', [MX, { to: '10.20.0.0/16', port: 25 }], []],
    [
      'smtp://10.9.9.9',
      [MX, { to: 'sg-0123456789', port: 25 }],
      [
        'note settings: next hop smtp://10.9.9.9:25?tls=offer may or may not be reached: who is in sg-0123456789 is not known here',
      ],
    ],
    [
      'smtp://10.9.9.9',
      [{ to: 'pl-0123456789', port: 26 }],
      [
        'error settings: next hop smtp://10.9.9.9:25?tls=offer cannot be reached: egress does not let out to 10.9.9.9 port 25',
      ],
    ],
    [
      'smtp://nowhere.example',
      [MX],
      ['warning settings: next hop smtp://nowhere.example:25?tls=offer has no address, as seen from here: ENOTFOUND'],
    ],
    ['smtp://[2001:db8::25]', [{ to: '2001:db8::/32', port: 25 }], []],
  ])('%s with %j', async (defaultNextHop, egress, expected) => {
    const findings = await nextHopFindings(server({ defaultNextHop }), { addressesOf, egress });

    expect(texts(findings)).toEqual(expected);
  });

  it('are looked at once, however many domains have them', async () => {
    const domains = { 'a.example': { nextHop: 'smtp://10.9.9.9' }, 'b.example': { nextHop: 'smtp://10.9.9.9:25' } };

    const findings = await nextHopFindings(server({}, { domains }), { addressesOf, egress: [MX] });

    expect(texts(findings)).toEqual([
      'error domain#a.example: next hop smtp://10.9.9.9:25?tls=offer (and of 1 further item) cannot be reached: ' +
        'egress does not let out to 10.9.9.9 port 25',
    ]);
  });
});
