/** Records in hosted zones of Route 53; a name that is in none of them is left to people. */
import { createHash } from 'node:crypto';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { HostedZone } from '../configuration/configuration.ts';
import type { EdgeDoor } from '../server/edge-door.ts';

export interface ZoneRecordsProps {
  readonly hostedZones: readonly HostedZone[];
}

export interface ZoneRecord {
  readonly type: 'A' | 'CNAME' | 'MX' | 'TXT';
  readonly name: string;
  readonly values: readonly string[];
  /**
   * What the record belongs to, where its name is known at deployment alone.
   *
   * @default its name
   */
  readonly domain?: string;
}

/** Seconds; short enough to move a server within minutes. */
const TTL = '300';
/**
 * Groups that the records of a zone are in: a resource for each of a thousand would be more than a stack may have. Which
 * one a record is in follows from its domain alone, so that another domain that comes or goes moves none: a record cannot
 * be made in one group before it is gone from another.
 */
const GROUPS = 16;

export class ZoneRecords extends Construct {
  readonly #hostedZones: readonly HostedZone[];

  constructor(scope: Construct, id: string, { hostedZones }: ZoneRecordsProps) {
    super(scope, id);
    // The most specific one holds a name.
    this.#hostedZones = [...hostedZones].sort((a, b) => b.name.length - a.name.length);
  }

  /** Makes those whose names a zone holds. MX records are left out of a zone that does not want them. */
  addAll(records: readonly ZoneRecord[]): void {
    const groups = Map.groupBy(records, (record) => this.#groupOf(record));
    for (const [group, members] of groups) {
      const zone = this.#zoneOf(domainOf(members[0]));
      if (group === undefined || zone === undefined) continue;
      new route53.CfnRecordSetGroup(this, group, {
        hostedZoneId: zone.hostedZoneId,
        recordSets: members.map(({ name, type, values }) => ({ name, type, ttl: TTL, resourceRecords: [...values] })),
      });
    }
  }

  /** @returns `undefined` where no zone holds the name */
  addAddresses(name: string, addresses: readonly string[]): route53.CfnRecordSet | undefined {
    const zone = this.#zoneOf(name);
    if (zone === undefined) return undefined;
    const { hostedZoneId } = zone;
    const resourceRecords = [...addresses];
    return new route53.CfnRecordSet(this, `A-${name}`, { hostedZoneId, name, type: 'A', ttl: TTL, resourceRecords });
  }

  /** A, and AAAA of a dual-stack one, as an alias of the load balancer. */
  addAlias(name: string, { loadBalancer }: EdgeDoor): route53.CfnRecordSet | undefined {
    const zone = this.#zoneOf(name);
    if (zone === undefined) return undefined;
    const isDualStack = loadBalancer.ipAddressType === 'dualstack';
    const types = isDualStack ? (['A', 'AAAA'] as const) : (['A'] as const);
    const [record] = types.map(
      (type) =>
        new route53.CfnRecordSet(this, `${type}-${name}`, {
          hostedZoneId: zone.hostedZoneId,
          name,
          type,
          aliasTarget: {
            dnsName: loadBalancer.loadBalancerDnsName,
            hostedZoneId: loadBalancer.loadBalancerCanonicalHostedZoneId,
          },
        }),
    );
    return record;
  }

  /** `undefined` for a record that is not made. */
  #groupOf(record: ZoneRecord): string | undefined {
    const domain = domainOf(record);
    const zone = this.#zoneOf(domain);
    if (zone === undefined || (record.type === 'MX' && !isOwnMx(record) && !zone.mx)) return undefined;
    const [octet = 0] = createHash('sha256').update(domain).digest();
    return `${zone.name}-${octet % GROUPS}`;
  }

  #zoneOf(name: string): HostedZone | undefined {
    return this.#hostedZones.find((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
  }
}

/** That of a MAIL FROM domain takes bounces alone, and no one's mail. */
function isOwnMx({ domain, name }: ZoneRecord): boolean {
  return domain !== undefined && domain !== name;
}

function domainOf(record: ZoneRecord | undefined): string {
  return record?.domain ?? record?.name ?? '';
}
