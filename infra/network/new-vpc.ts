/** A VPC for Postern alone, with a log of what its rules refused. */
import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DEFAULT_ZONES, type NetworkConfiguration } from '../configuration/network.ts';

export interface NewVpcProps {
  readonly configuration: NetworkConfiguration;
  /** How long flow logs are kept. */
  readonly logRetention: logs.RetentionDays;
}

export class NewVpc extends Construct {
  readonly vpc: ec2.Vpc;

  constructor(scope: Construct, id: string, { configuration, logRetention }: NewVpcProps) {
    super(scope, id);
    const { cidr, zoneNames, outbound } = configuration;
    const hasNat = outbound === 'nat';
    const zones = zoneNames === undefined ? { maxAzs: DEFAULT_ZONES } : { availabilityZones: [...zoneNames] };
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      ...zones,
      // One a zone: a zone that fails takes no other's way out with it.
      natGateways: hasNat ? (zoneNames?.length ?? DEFAULT_ZONES) : 0,
      subnetConfiguration: [
        { name: 'Public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        {
          name: 'Private',
          subnetType: hasNat ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED,
          cidrMask: 22,
        },
      ],
      restrictDefaultSecurityGroup: false,
    });
    // Refused traffic alone: a task that tries to leave its site rule stands here, and mail is logged elsewhere.
    this.vpc.addFlowLog('Refused', {
      trafficType: ec2.FlowLogTrafficType.REJECT,
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'RefusedLog', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY }),
      ),
    });
  }
}
