import { describe, expect, it } from 'vitest';
import { SAMPLE, sampleOf, sampleWith } from '../test-support/context.ts';
import { readConfiguration } from './read-configuration.ts';
import { elasticIps, warningsOf } from './warnings.ts';

function idsOf(context: unknown): readonly string[] {
  return warningsOf(readConfiguration(context)).map(({ id }) => id);
}

describe('warnings', () => {
  it('has none for the sample', () => {
    expect(idsOf(SAMPLE)).toEqual([]);
  });

  it('warns of more Elastic IPs than a region gives by default', () => {
    const five = sampleOf([{}, {}, {}, {}, {}]);
    const six = sampleOf([{}, {}, {}, {}, { zones: 2 }]);

    expect(idsOf(five)).toEqual([]);
    expect(idsOf(six)).toEqual(['postern:elastic-ips']);
  });

  it('warns of PROXY protocol, by server', () => {
    expect(idsOf(sampleWith({ proxyProtocol: true }))).toEqual(['postern:proxy-protocol-submission']);
  });
});

describe('Elastic IPs', () => {
  it.each([
    ['one a server and zone', sampleOf([{ zones: 2 }, {}]), 3],
    ['none of an internal server', sampleOf([{ scheme: 'internal' }, {}]), 1],
    ['one a zone for NAT', sampleOf([{}], { network: { outbound: 'nat' } }), 3],
  ])('%s', (_claim, context, count) => {
    expect(elasticIps(readConfiguration(context))).toBe(count);
  });
});
