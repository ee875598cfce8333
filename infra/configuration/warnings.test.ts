import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleOf, sampleWith } from '../test-support/context.ts';
import { readConfiguration } from './read-configuration.ts';
import { elasticIps, warningsOf } from './warnings.ts';

function idsOf(context: unknown): readonly string[] {
  return warningsOf(readConfiguration(context)).map(({ id }) => id);
}

function zonesOf(context: unknown): readonly number[] {
  return readConfiguration(context).servers.map(({ zones }) => zones);
}

const ONE = { zones: 1 };

describe('warnings', () => {
  it('has none for the sample', () => {
    expect(idsOf(SAMPLE)).toEqual([]);
  });

  it('warns of more Elastic IPs than the account has', () => {
    const six = sampleOf([ONE, ONE, ONE, ONE, { zones: 2 }]);

    expect(idsOf(sampleOf([ONE, ONE, ONE, ONE, ONE]))).toEqual([]);
    expect(idsOf(six)).toEqual(['postern:elastic-ips']);
    expect(idsOf({ ...six, elasticIpQuota: 6 })).toEqual([]);
  });

  it('warns where the Elastic IPs do not suffice for two zones, unless one is what was wanted', () => {
    expect(idsOf(sampleOf([{}, {}, {}]))).toEqual(['postern:one-zone']);
    expect(idsOf(sampleOf([{}, {}, ONE]))).toEqual([]);
  });

  it('warns of zones where a region has Fargate in some alone and AWS would choose', () => {
    const region = { region: 'us-west-1', account: '111122223333' };

    expect(idsOf({ ...SAMPLE, ...region })).toEqual(['postern:zones']);
    expect(idsOf({ ...SAMPLE, ...region, network: { zoneNames: ['us-west-1a', 'us-west-1c'] } })).toEqual([]);
  });

  it('warns of messages to SES that a small task cannot hold', () => {
    const small = { cpu: 256, memoryMiB: 512 };
    const [settings, ...items] = (SAMPLE.servers[0]?.policy ?? []) as readonly object[];
    const fitting = [{ ...settings, maxMessageOctets: 20_000_000 }, ...items];

    expect(idsOf(sampleWith({ tasks: small }))).toEqual(['postern:message-size-submission']);
    expect(idsOf(sampleWith({ tasks: small, policy: fitting }))).toEqual([]);
  });

  it('warns of PROXY protocol and of IPv6, by server', () => {
    expect(idsOf(sampleWith({ proxyProtocol: true, ipv6: true }))).toEqual([
      'postern:proxy-protocol-submission',
      'postern:ipv6-submission',
    ]);
  });
});

describe('zones that are not written', () => {
  it.each([
    ['two for one server', sampleOf([{}]), [2]],
    ['two for each of two', sampleOf([{}, {}]), [2, 2]],
    ['none less for a server that is added last', sampleOf([{}, {}, {}]), [2, 2, 1]],
    ['one address at least for each of five', sampleOf([{}, {}, {}, {}, {}]), [1, 1, 1, 1, 1]],
    ['two for all where the account has more', sampleOf([{}, {}, {}], { elasticIpQuota: 6 }), [2, 2, 2]],
    ['what NAT leaves', sampleOf([{}, {}], { network: { outbound: 'nat' } }), [2, 1]],
    ['what others have written first', sampleOf([{}, { zones: 2 }, { zones: 2 }]), [1, 2, 2]],
    ['two inside, without an address', sampleOf([{ scheme: 'internal' }, {}, {}]), [2, 2, 2]],
    ['as many as there are addresses of yours', sampleOf([{ allocationIds: ['eipalloc-0123456789abcdef0'] }]), [1]],
  ])('are %s', (_claim, context, expected) => {
    expect(zonesOf(context)).toEqual(expected);
  });
});

describe('Elastic IPs', () => {
  it.each([
    ['one a server and zone', sampleOf([{ zones: 2 }, ONE]), 3],
    ['none of an internal server', sampleOf([{ scheme: 'internal' }, ONE]), 1],
    ['one a zone for NAT', sampleOf([ONE], { network: { outbound: 'nat' } }), 3],
  ])('%s', (_claim, context, count) => {
    expect(elasticIps(readConfiguration(context))).toBe(count);
  });
});
