/** What has to be in DNS for a server: written into hosted zones that are named, and told by outputs. */
import { CfnOutput, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { HostedZone } from '../configuration/configuration.ts';
import type { Server } from '../configuration/server/server.ts';
import { type ZoneRecord, ZoneRecords } from '../dns/zone-records.ts';
import type { EdgeDoor } from './edge-door.ts';

export interface DnsRecordsProps {
  readonly server: Server;
  /** Those of all regions, of which several may take the mail of a domain. */
  readonly allServers: readonly Server[];
  readonly door: EdgeDoor;
  /** Zones that records are written into. */
  readonly hostedZones: readonly HostedZone[];
}

/** MX records in an output: a host may list a thousand domains, and a stack has 200 outputs. */
const RECORDS_PER_OUTPUT = 50;

export class DnsRecords extends Construct {
  /** The A record of the server, where the deployment made it; reverse DNS waits for it. */
  readonly addressRecord: Construct | undefined;

  constructor(scope: Construct, id: string, { server, allServers, door, hostedZones }: DnsRecordsProps) {
    super(scope, id);
    const { hostname } = server.policy.settings;
    const zones = new ZoneRecords(this, 'Zones', { hostedZones });
    this.#tellAddresses(server, door);
    const addresses = door.addresses.flatMap(({ publicIp }) => publicIp ?? []);
    const areKnown = addresses.length > 0 && addresses.length === door.addresses.length;
    this.addressRecord =
      areKnown && !server.ipv6 ? zones.addAddresses(hostname, addresses) : zones.addAlias(hostname, door);
    const domains = server.ports.includes(25) ? server.policy.domains : [];
    const target = mailHost(server, door);
    zones.addAll(domains.flatMap((domain) => mxRecord(domain, { server, target, allServers })));
    // Port 25 alone: mail for a domain comes to no other.
    for (let at = 0; at < domains.length; at += RECORDS_PER_OUTPUT) {
      const lines = domains
        .slice(at, at + RECORDS_PER_OUTPUT)
        .map((domain) => `${domain}. MX ${server.mxPreference} ${target}.`);
      this.#output(`Mx${at / RECORDS_PER_OUTPUT + 1}`, 'DNS records to make', Fn.join('\n', lines));
    }
  }

  #tellAddresses(server: Server, door: EdgeDoor): void {
    const { hostname } = server.policy.settings;
    for (const [index, { allocationId, publicIp }] of door.addresses.entries()) {
      const number = index + 1;
      const address = publicIp ?? `(the address of ${allocationId})`;
      this.#output(`Address${number}`, 'Elastic IP', address);
      this.#output(`A${number}`, 'DNS record to make', Fn.join('', [`${hostname}. A `, address]));
      this.#output(
        `Ptr${number}`,
        'Reverse DNS, when the A record is there; the address is locked until you undo it',
        Fn.join('', ['aws ec2 modify-address-attribute --allocation-id ', allocationId, ` --domain-name ${hostname}`]),
      );
    }
    const { loadBalancerDnsName: name } = door.loadBalancer;
    if (server.ipv6) {
      const text = Fn.join('', [`${hostname}. AAAA: those that `, name, ' has, or an alias of it']);
      this.#output('Aaaa', 'DNS record to make', text);
    }
    if (door.addresses.length > 0) return;
    for (const [index, address] of (server.privateAddresses ?? []).entries()) {
      this.#output(`A${index + 1}`, 'Record to make in your private zone', `${hostname}. A ${address}`);
    }
    if (server.privateAddresses !== undefined) return;
    this.#output('Cname', 'Record to make in your private zone', Fn.join('', [`${hostname}. CNAME `, name, '.']));
  }

  #output(id: string, description: string, value: string): void {
    new CfnOutput(this, id, { description, value });
  }
}

/** A name has one set of MX records: the first server that takes the domain's mail makes it, for all of them. */
function mxRecord(
  domain: string,
  { server, target, allServers }: Pick<DnsRecordsProps, 'server' | 'allServers'> & { readonly target: string },
): readonly ZoneRecord[] {
  const takers = allServers.filter(
    ({ ports, policy }) => ports.includes(25) && policy.domains.some((each) => each === domain),
  );
  if (takers[0]?.name !== server.name) return [];
  const values = takers.map(({ name, mxPreference, policy }) => {
    return `${mxPreference} ${name === server.name ? target : policy.settings.hostname}.`;
  });
  return [{ type: 'MX', name: domain, values }];
}

/** An MX record names what has addresses itself, never an alias (RFC 2181 section 10.3). */
function mailHost({ scheme, privateAddresses, policy }: Server, door: EdgeDoor): string {
  const isAlias = scheme === 'internal' && privateAddresses === undefined;
  return isAlias ? door.loadBalancer.loadBalancerDnsName : policy.settings.hostname;
}
