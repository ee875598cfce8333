import { describe, expect, it } from 'vitest';
import { compareRecords, type DnsFacts, recordsOf, reverseName, zoneLine } from './records.ts';

const FACTS: DnsFacts = {
  hostname: 'mx.example.com',
  addresses: ['192.0.2.10', '2001:db8::5'],
  domains: ['example.com'],
  senderDomains: ['example.net'],
  region: 'eu-west-1',
  dkimTokens: { 'example.net': ['abc'] },
  keySha256: 'ff00',
  hasMtaSts: true,
};

it('prints lines of a zone file', () => {
  expect(recordsOf(FACTS).map(zoneLine)).toEqual([
    'mx.example.com. 3600 IN A 192.0.2.10',
    '10.2.0.192.in-addr.arpa. 3600 IN PTR mx.example.com.',
    'mx.example.com. 3600 IN AAAA 2001:db8::5',
    `${reverseName('2001:db8::5')}. 3600 IN PTR mx.example.com.`,
    '_25._tcp.mx.example.com. 3600 IN TLSA 3 1 1 ff00',
    'example.com. 3600 IN MX 10 mx.example.com.',
    '_smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.com"',
    '_mta-sts.example.com. 3600 IN TXT "v=STSv1; id="',
    'example.net. 3600 IN TXT "v=spf1 include:amazonses.com ~all"',
    '_dmarc.example.net. 3600 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.net"',
    'mail.example.net. 3600 IN MX 10 feedback-smtp.eu-west-1.amazonses.com.',
    'mail.example.net. 3600 IN TXT "v=spf1 include:amazonses.com ~all"',
    'abc._domainkey.example.net. 3600 IN CNAME abc.dkim.amazonses.com.',
  ]);
});

it.each([
  ['192.0.2.10', '10.2.0.192.in-addr.arpa'],
  ['2001:db8::5', `5.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
  ['1:2:3:4:5:6:7:8', '8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa'],
])('the reverse name of %s is %s', (address, name) => {
  expect(reverseName(address)).toBe(name);
});

describe('DNS as it is', () => {
  const record = recordsOf({ ...FACTS, addresses: ['192.0.2.10'], domains: [], senderDomains: ['example.net'] });
  const state = async (type: string, values: readonly string[]) => {
    const compared = await compareRecords(record, async (_name, asked) => (asked === type ? values : []));
    return compared.find((each) => each.record.type === type)?.state;
  };

  it.each([
    ['A', ['192.0.2.10'], 'ok'],
    ['A', ['192.0.2.11'], 'differs'],
    ['A', [], 'missing'],
    ['PTR', ['MX.example.com.'], 'ok'],
    ['PTR', ['ec2-192-0-2-10.compute.amazonaws.com.'], 'differs'],
    ['TXT', ['v=spf1 include:amazonses.com include:_spf.example.org -all'], 'ok'],
    ['TXT', ['google-site-verification=x'], 'missing'],
  ])('with %s %j is %s', async (type, values, expected) => {
    expect(await state(type, values)).toBe(expected);
  });

  it('that cannot be asked is unknown, and no fault', async () => {
    const compared = await compareRecords(record, () => Promise.reject(new Error('ETIMEOUT')));

    expect(new Set(compared.map((each) => each.state))).toEqual(new Set(['unknown']));
  });
});
