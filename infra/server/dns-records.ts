/** What has to be written into DNS for a server, as outputs of its stack. */
import { CfnOutput, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Server } from '../configuration/server.ts';
import type { EdgeDoor } from './edge-door.ts';

export interface DnsRecordsProps {
  readonly server: Server;
  readonly door: EdgeDoor;
}

export class DnsRecords extends Construct {
  constructor(scope: Construct, id: string, { server, door }: DnsRecordsProps) {
    super(scope, id);
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
    if (door.addresses.length === 0) {
      const name = door.loadBalancer.loadBalancerDnsName;
      this.#output('Cname', 'Record to make in your private zone', Fn.join('', [`${hostname}. CNAME `, name, '.']));
    }
    // Port 25 alone: mail for a domain comes to no other.
    const domains = server.ports.includes(25) ? server.policy.domains : [];
    for (const domain of domains) {
      this.#output(`Mx-${domain}`, 'DNS record to make', `${domain}. MX 10 ${hostname}.`);
    }
  }

  #output(id: string, description: string, value: string): void {
    new CfnOutput(this, id, { description, value });
  }
}
