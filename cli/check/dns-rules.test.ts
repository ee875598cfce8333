import { describe, expect, it } from 'vitest';
import { server, texts } from '../test-support/checked.ts';
import { dnsFindings } from './dns-rules.ts';

const GOOD: Readonly<Record<string, readonly string[]>> = {
  'A mx.example.com': ['192.0.2.1'],
  'PTR 1.2.0.192.in-addr.arpa': ['mx.example.com.'],
  'MX example.com': ['10 mx.example.com.'],
  'TXT _smtp._tls.example.com': ['v=TLSRPTv1; rua=mailto:tls-reports@example.com'],
};

async function findings(dns: Readonly<Record<string, readonly string[]>>, authentication = 'none') {
  return texts(await dnsFindings(server({ authentication }), async (name, type) => dns[`${type} ${name}`] ?? []));
}

describe('DNS of a server', () => {
  it('that is as it should be draws no finding', async () => {
    expect(await findings(GOOD)).toEqual([]);
  });

  it.each([
    ['A mx.example.com', [], 'warning settings: hostname: mx.example.com has no address in DNS'],
    ['PTR 1.2.0.192.in-addr.arpa', ['ec2.example.'], 'warning settings: DNS: 1.2.0.192.in-addr.arpa should have PTR'],
    ['MX example.com', ['10 old.example.com.'], 'warning domain#example.com: DNS: example.com should have MX 10'],
    ['TXT _smtp._tls.example.com', [], 'note domain#example.com: DNS: _smtp._tls.example.com should have TXT'],
  ])('with %s %j is told', async (record, values, expected) => {
    const found = await findings({ ...GOOD, [record]: values });

    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('for users needs no MX', async () => {
    expect(await findings({ ...GOOD, 'MX example.com': [] }, 'required')).toEqual([]);
  });

  it('that cannot be asked is no finding', async () => {
    expect(await dnsFindings(server(), () => Promise.reject(new Error('ETIMEOUT')))).toEqual([]);
  });
});
